#include "base/error.h"
#include "catch.h"
#include "net/types.h"

#include <sys/socket.h>

using net::IfName;
using net::IpAddress;
using net::Mac;

TEST_CASE("an interface name is taken as it stands")
{
    const std::string text = GENERATE(as<std::string>(), "a", "eth0", "vif5.0-emu", "enp0s31f6",
        "123456789012345", "...", "eth0@x", "br-lan", "wg_0", "a+b");
    CHECK(IfName::parse(text).str() == text);
    CHECK(IfName::try_parse(text) == IfName::parse(text));
    CHECK_FALSE(IfName::fault(text));
}

TEST_CASE("what the kernel or a shell could take amiss is no interface name")
{
    const std::string text = GENERATE(as<std::string>(), "", ".", "..", "all", "default", "1234567890123456",
        "a/b", "a b", "a:0", "eth%d", "a\n", "caf\xc3\xa9", "\x7f", "$(x)", "a;b", "a'b", "a\"b", "a*", "a,b",
        std::string("a\0b", 3));
    CAPTURE(text);
    CHECK_THROWS_AS(IfName::parse(text), base::UsageError);
    CHECK(IfName::fault(text));
}

TEST_CASE("what the kernel calls a link is taken as far as the kernel could call one so")
{
    CHECK(IfName::try_parse("eth%d"));
    CHECK(IfName::try_parse("a,b"));
    CHECK(IfName::try_parse("caf\xc3\xa9"));
    const std::string text = GENERATE(as<std::string>(), "", ".", "..", "all", "default", "1234567890123456",
        "a/b", "a b", "a:0", "a\n", std::string("a\0b", 3));
    CAPTURE(text);
    CHECK_FALSE(IfName::try_parse(text));
}

TEST_CASE("a refused interface name is told with the reason")
{
    CHECK_THROWS_WITH(IfName::parse("1234567890123456"),
        "'1234567890123456' is not an interface name: it is longer than 15 characters");
}

TEST_CASE("what people call an interface may be an alternative name of up to 127 characters")
{
    const std::string longest(net::DeviceName::longest, 'n');
    CHECK(net::DeviceName::parse(longest).is_alternative());
    CHECK_FALSE(net::DeviceName::parse("enx001122334455").is_alternative());
    CHECK_THROWS_WITH(
        net::DeviceName::parse(longest + "n"), Catch::Contains("it is longer than 127 characters"));
    CHECK_THROWS_AS(net::DeviceName::parse("a/b"), base::UsageError);
    CHECK_THROWS_AS(net::DeviceName::parse("all"), base::UsageError);
}

TEST_CASE("the folders of settings beside those of the devices are no interface")
{
    CHECK_THROWS_WITH(IfName::parse("all"), "'all' is not an interface name: no interface can be called so");
    CHECK(IfName::all().str() == "all");
    CHECK(IfName::defaults().str() == "default");
}

TEST_CASE("a MAC address reads in either case and prints in lower case")
{
    CHECK(to_string(Mac::parse("fe:FF:ff:Ff:0A:b1")) == "fe:ff:ff:ff:0a:b1");
}

TEST_CASE("anything but six pairs of digits is no MAC address")
{
    const std::string text = GENERATE(as<std::string>(), "", "fe:ff:ff:ff:ff", "fe:ff:ff:ff:ff:ff:ff",
        "fe-ff-ff-ff-ff-ff", "f:ff:ff:ff:ff:ff", "fe:ff:ff:ff:ff:fg", "feffffffffff", " fe:ff:ff:ff:ff:ff",
        "fe:ff:ff:ff:ff:+f", "fe:ff:ff:ff:ff:-1", "0x:ff:ff:ff:ff:ff", "::::::");
    CAPTURE(text);
    CHECK_THROWS_AS(Mac::parse(text), base::UsageError);
}

TEST_CASE("an IP address prints as it was read, in its shortest form")
{
    CHECK(to_string(IpAddress::parse("192.0.2.1").value()) == "192.0.2.1");
    CHECK(to_string(IpAddress::parse("2001:DB8:0:0::1").value()) == "2001:db8::1");
    CHECK(IpAddress::parse("192.0.2.1")->family == AF_INET);
    CHECK(IpAddress::parse("::")->family == AF_INET6);
}

TEST_CASE("what is no IP address is nothing")
{
    const std::string text = GENERATE(as<std::string>(), "", "192.0.2", "192.0.2.256", "192.0.2.1/24",
        "1.2.3.4 ", "g::", "1::2::3", "localhost", "fe80::1%eth0", std::string("1.2.3.4\0x", 9));
    CAPTURE(text);
    CHECK_FALSE(IpAddress::parse(text));
}

TEST_CASE("an IPv6 address that failed as IPv4 leaves nothing behind of the try")
{
    CHECK(IpAddress::parse("::1")->bytes == IpAddress::parse("0:0::0:1")->bytes);
}

TEST_CASE("equal addresses compare equal, of different families never")
{
    CHECK(IpAddress::parse("::1") == IpAddress::parse("0::1"));
    CHECK(IpAddress::parse("0.0.0.0") != IpAddress::parse("::"));
}
