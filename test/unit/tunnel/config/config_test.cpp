#include "base/error.h"
#include "base/text.h"
#include "catch.h"
#include "tunnel/config/config.h"

using tunnel::Config;
using tunnel::Type;

namespace {

Config parse(const std::string& text, bool named = false)
{
    return Config::parse(base::words(text), named);
}

// The sentence of the refusal; "" if the words were taken.
std::string refusal(const std::string& text, bool named = false)
{
    try {
        parse(text, named);
        return {};
    } catch (const base::UsageError& error) {
        return error.what();
    }
}

} // namespace

TEST_CASE("a tunnel is described by words in any order")
{
    const auto config = parse("port=5558 dev=eth0 type=mcast name=lab address=230.0.0.1 ttl=4", true);
    CHECK(config.type == Type::mcast);
    CHECK(to_string(config.remote) == "230.0.0.1:5558");
    CHECK(config.device->str() == "eth0");
    CHECK(config.ttl == 4);
    CHECK(config.bridge_name().str() == "xtb-lab");
    CHECK(config.tap_name().str() == "xt-lab");
}

TEST_CASE("what is printed of a tunnel describes the same tunnel")
{
    const std::string text = GENERATE("name=lab type=mcast address=230.0.0.1 port=5558",
        "type=mcast address=239.255.255.255 port=1 loop=no ttl=255 rejoin=100",
        "name=hub type=server address=0.0.0.0 port=65535 allow=10.0.0.0/8,2001:db8::/32 clients=3 macs=9 "
        "floods=0 "
        "queue=72 stall=3 ageing=7 user=daemon bridge=br7 tap=t0 mtu=9000",
        "type=client address=fe80::1 port=5558 dev=eth0 floods=5",
        "type=udp address=::1 port=1 local=[::1]:2 allow=::/64",
        "name=v type=vxlan address=239.1.1.1 port=4789 id=42 dev=eth0");
    const auto config = parse(text);
    CHECK(Config::parse(to_words(config), false) == config);
}

TEST_CASE("a group is an IPv4 multicast address beyond the control block")
{
    const auto with = [](const std::string& address) {
        return refusal("type=mcast port=5558 address=" + address);
    };
    for (const auto* const good : {"224.0.1.0", "230.0.0.1", "239.255.255.255"})
        CHECK(with(good).empty());
    for (const auto* const bad :
        {"192.168.0.9", "223.255.255.255", "240.0.0.1", "0.0.0.0", "hello", "", "ff02::5", "230.0.0.1.5",
            "230.0.0.256", "224.0.0.0", "224.0.0.1", "224.0.0.255", "230.0.0.1/8", "255.255.255.255"}) {
        INFO(bad);
        CHECK_THAT(with(bad), Catch::Matchers::StartsWith("address="));
        CHECK_THAT(with(bad), Catch::Matchers::Contains(bad));
    }
}

TEST_CASE("a port is a number from 1 to 65535")
{
    for (const auto* const bad :
        {"0", "65536", "70000", "-1", "x", "", "5558x", "+1", "0x10", "99999999999999999999"}) {
        INFO(bad);
        CHECK_THAT(refusal(std::string("type=mcast address=230.0.0.1 port=") + bad),
            Catch::Matchers::StartsWith("port='" + std::string(bad) + "' is not a port"));
    }
    for (const auto* const good : {"1", "65535"})
        CHECK(refusal(std::string("type=mcast address=230.0.0.1 port=") + good).empty());
}

TEST_CASE("what is missing is named")
{
    CHECK_THAT(refusal("address=230.0.0.1 port=1"), Catch::Matchers::StartsWith("type= is missing"));
    CHECK_THAT(refusal("type=mcast port=1"), Catch::Matchers::StartsWith("address= is missing"));
    CHECK_THAT(refusal("type=server address=::1"), Catch::Matchers::StartsWith("port= is missing"));
    CHECK_THAT(refusal("type=udp address=::1 port=1"), Catch::Matchers::StartsWith("local= is missing"));
    CHECK_THAT(refusal("type=mcast address=230.0.0.1 port=1", true),
        Catch::Matchers::StartsWith("name= is missing"));
    CHECK_THAT(
        refusal("type=vxlan address=230.0.0.1 port=1 dev=e"), Catch::Matchers::StartsWith("id= is missing"));
}

TEST_CASE("words that are wrong, unknown, doubled or without a meaning are refused by name")
{
    const std::string group = "type=mcast address=230.0.0.1 port=1 ";
    for (const auto* const bad :
        {"ttl=0", "ttl=256", "mtu=67", "mtu=65522", "loop=maybe", "dev=a/b", "name=twelve-chars",
            "name=", "name=../../etc", "name=-x", "user=a:b", "bridge=sixteen-chars-xx", "tap="})
        CHECK_THAT(refusal(group + bad), Catch::Matchers::StartsWith(base::split(bad, '=')[0] + "="));
    CHECK_THAT(refusal(group + "colour=red"), Catch::Matchers::Contains("'colour=red'"));
    CHECK_THAT(refusal(group + "port=2"), Catch::Matchers::Contains("port= is given twice"));
    CHECK_THAT(refusal(group + "loud"), Catch::Matchers::Contains("'loud'"));
    for (const auto* const senseless : {"local=1.2.3.4:5", "clients=3", "stall=1", "id=7", "queue=100"})
        CHECK_THAT(refusal(group + senseless), Catch::Matchers::Contains("has no meaning with type=mcast"));
    CHECK_THAT(refusal("type=server address=1.2.3.4 port=1 allow=10.0.0.0/33"),
        Catch::Matchers::StartsWith("allow="));
    CHECK_THAT(refusal("type=carrier address=1.2.3.4 port=1"), Catch::Matchers::StartsWith("type='carrier'"));
}

TEST_CASE("only one host can be connected to")
{
    CHECK_THAT(refusal("type=client address=230.0.0.1 port=1"), Catch::Matchers::Contains("type=mcast"));
    CHECK_THAT(refusal("type=client address=0.0.0.0 port=1"), Catch::Matchers::StartsWith("address=0.0.0.0"));
    CHECK(refusal("type=server address=0.0.0.0 port=1").empty());
    CHECK_THAT(
        refusal("type=udp address=::1 port=1 local=1.2.3.4:5"), Catch::Matchers::Contains("same family"));
    CHECK_THAT(refusal("type=udp address=::1 port=1 local=[::1]:5 allow=10.0.0.0/8"),
        Catch::Matchers::Contains("not in allow="));
    CHECK_THAT(
        refusal("type=udp address=::1 port=1 local=::1:5"), Catch::Matchers::Contains("[ADDRESS]:PORT"));
}

TEST_CASE("a tunnel cannot run over its own bridge or tap")
{
    const std::string words = "type=mcast address=230.0.0.1 port=1 name=lab ";
    CHECK_THAT(refusal(words + "dev=xtb-lab"), Catch::Matchers::Contains("own bridge"));
    CHECK_THAT(refusal(words + "dev=br0 bridge=br0"), Catch::Matchers::Contains("own bridge"));
    CHECK_THAT(refusal(words + "dev=xt-lab"), Catch::Matchers::Contains("own tap"));
}

TEST_CASE("a prefix contains the addresses that begin like it")
{
    const auto contains = [](const char* prefix, const char* address) {
        return tunnel::Prefix::parse("allow", prefix).contains(*net::IpAddress::parse(address));
    };
    CHECK(contains("192.168.0.0/23", "192.168.1.255"));
    CHECK_FALSE(contains("192.168.0.0/23", "192.168.2.0"));
    CHECK(contains("0.0.0.0/0", "1.2.3.4"));
    CHECK_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
    CHECK(contains("10.1.2.3", "10.1.2.3"));
    CHECK_FALSE(contains("10.1.2.3", "10.1.2.2"));
    CHECK(contains("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
}

TEST_CASE("an IPv4 address written as IPv6 is the IPv4 address")
{
    const auto allowed = [](const std::string& list, const char* peer) {
        return parse("type=server address=:: port=1 allow=" + list).allows(*net::IpAddress::parse(peer));
    };
    CHECK(allowed("::ffff:192.0.2.1", "192.0.2.1"));
    CHECK(allowed("::ffff:192.0.2.0/120", "192.0.2.77"));
    CHECK_FALSE(allowed("::ffff:192.0.2.0/120", "192.0.3.77"));
    CHECK(allowed("::ffff:0:0/96", "192.0.2.1"));
    CHECK_FALSE(allowed("::ffff:0:0/96", "2001:db8::1"));
    CHECK_THROWS_AS(allowed("::ffff:192.0.2.0/24", "192.0.2.1"), base::UsageError);
    CHECK(to_string(parse("type=client address=::ffff:192.0.2.1 port=1").remote) == "192.0.2.1:1");
}
