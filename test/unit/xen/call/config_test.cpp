#include "xen/call/config.h"

#include "base/error.h"
#include "base/file.h"
#include "catch.h"
#include "scratch_folder.h"

#include <sys/stat.h>
#include <unistd.h>

using xen::Configuration;
using xen::parse_configuration;

namespace {

Configuration parsed(const std::string& text)
{
    return parse_configuration(text, "file");
}

} // namespace

TEST_CASE("without a configuration file everything has its default")
{
    CHECK(xen::read_configuration("/nonexistent/dom0net.json") == Configuration());
    CHECK(parsed("{}") == Configuration());
}

TEST_CASE("the configuration may hold comments")
{
    CHECK(parsed("{\n// why\n\"mac-lock\": /* really */ true }").mac_lock);
}

TEST_CASE("what dom0net start runs is a list of scripts with their words; an empty list is not an absent one")
{
    CHECK_FALSE(parsed("{}").network);
    CHECK(parsed(R"({ "network": [] })").network == std::vector<std::string>());
    CHECK(parsed(R"({ "network": [ "network-bridge netdev=eth0", "network-nat" ] })").network
        == std::vector<std::string>{"network-bridge netdev=eth0", "network-nat"});
    CHECK_THROWS_WITH(parsed("{\n \"network\": [ \"a\", \" \" ] }"), "file:2:20: '1' names no script");
    CHECK_THROWS_WITH(
        parsed(R"({ "network": "network-bridge" })"), Catch::Matchers::Contains("is not a list"));
}

TEST_CASE("every key of the configuration is read")
{
    const auto found = parsed(R"({
        "mac-lock": true, "any-link-local": true, "switch-vlan-filtering-on": true, "dhcp": "dnsmasq", "rate-to-guest": "100Mb/s",
        "port-forwards": [
            { "protocol": "udp", "port": "8000-8010", "to": "10.0.5.1" },
            { "port": 80, "to": "fd64:6f6d:3000:5::1", "to-port": 8080, "netdev": "eth1" } ] })");
    CHECK(found.mac_lock);
    CHECK(found.any_link_local);
    CHECK(found.switch_vlan_filtering_on);
    CHECK(found.dhcp == xen::DhcpChoice::dnsmasq);
    CHECK(found.rate_to_guest == xen::RateToGuest{xen::RateToGuest::Kind::value, {100'000'000}});
    REQUIRE(found.port_forwards.size() == 2);
    CHECK(found.port_forwards[0]
        == xen::PortForward{
            xen::PortForward::Protocol::udp, {8000, 8010}, *net::IpAddress::parse("10.0.5.1")});
    CHECK(found.port_forwards[1].ports == xen::PortRange{80, 80});
    CHECK(found.port_forwards[1].to_port == 8080);
    CHECK(found.port_forwards[1].netdev == net::IfName::parse("eth1"));
}

TEST_CASE("the rate towards guests is off, the same as from them, or a value")
{
    CHECK(parsed(R"({"rate-to-guest": "off"})").rate_to_guest.kind == xen::RateToGuest::Kind::off);
    CHECK(parsed(R"({"rate-to-guest": "same"})").rate_to_guest.kind == xen::RateToGuest::Kind::same);
}

TEST_CASE("what is wrong in the configuration is told with its line and column")
{
    CHECK_THROWS_WITH(parsed("{\n  \"mac-lok\": true }"), "file:2:3: unknown key 'mac-lok'");
    CHECK_THROWS_WITH(parsed("{ \"mac-lock\": 1 }"), "file:1:3: 'mac-lock' is not true or false");
    CHECK_THROWS_WITH(
        parsed("{ \"dhcp\": \"kea\" }"), "file:1:3: 'dhcp' is none of automatic, off, isc and dnsmasq");
    CHECK_THROWS_WITH(parsed("[]"), "file:1:1: it is not an object, { \"key\": value }");
    CHECK_THROWS_WITH(parsed("{\"port-forwards\": [\n {\"port\": 80, \"to\": \"here\"}]}"),
        "file:2:15: 'to' is not an IPv4 or IPv6 address");
    CHECK_THROWS_WITH(parsed("{ \"mac-lock\": true,\n \"mac-lock\": true }"),
        "file:2:2: the key 'mac-lock' is there twice");
    CHECK_THROWS_WITH(parsed("{ \"rate-to-guest\": \"fast\" }"),
        "file:1:3: 'rate-to-guest' is neither off nor same: 'fast' has no unit: it has the form 100Mb/s "
        "(bits) or "
        "12.5MB/s (bytes)");
}

TEST_CASE("a port forward that is not whole is refused")
{
    for (const char* const forward :
        {"{}", R"({"port": 80})", R"({"to": "10.0.0.1"})", R"({"port": 0, "to": "10.0.0.1"})",
            R"({"port": 70000, "to": "10.0.0.1"})", R"({"port": "9-8", "to": "10.0.0.1"})",
            R"({"port": "1-2-3", "to": "10.0.0.1"})", R"({"port": "1-2", "to": "10.0.0.1", "to-port": 3})",
            R"({"port": 80, "to": "10.0.0.1", "protocol": "sctp"})",
            R"({"port": 80, "to": "10.0.0.1", "netdev": "a/b"})"})
        CHECK_THROWS_AS(parsed(std::string("{\"port-forwards\": [") + forward + "]}"), base::Error);
}

TEST_CASE("a text that is no JSON is refused with the parser's place")
{
    CHECK_THROWS_WITH(parsed("{ \"mac-lock\": }"),
        Catch::Matchers::StartsWith("file:1:15: syntax error while parsing value"));
    CHECK_THROWS_WITH(parsed("{\n \xde\xad\x1b }"), Catch::Matchers::StartsWith("file:2:2: syntax error"));
    CHECK_THROWS_WITH(parsed("\x7f"), !Catch::Matchers::Contains("\x7f"));
    CHECK_THROWS_AS(parsed(""), base::Error);
    CHECK_THROWS_AS(parsed("{} x"), base::Error);
}

TEST_CASE("a configuration is taken no deeper than anybody could mean it")
{
    const std::string million(1'000'000, '[');
    CHECK_THROWS_WITH(parsed(million), "file:1:33: it is nested deeper than 32 levels");
    std::string objects = "{ \"dhcp\":\n";
    for (int i = 0; i < 200'000; ++i)
        objects += "{\"a\":";
    CHECK_THROWS_WITH(parsed(objects), "file:2:156: it is nested deeper than 32 levels");
}

// Would take minutes where the work for one value grows with the length of what stands before it, or of
// the keys above it.
TEST_CASE("reading a configuration takes time in proportion to its length")
{
    std::string list = "[0";
    for (int i = 0; i < 100'000; ++i)
        list += ",\n0";
    CHECK_THROWS_WITH(parsed("{\"port-forwards\": " + list + "]}"),
        "file:1:2: 'port-forwards' has more than 4096 elements");
    const std::string long_key(500'000, 'k');
    CHECK_THROWS_WITH(parsed("{\"" + long_key + "\": " + list + "]}"),
        Catch::Matchers::StartsWith("file:1:2: unknown key"));
    std::string keys = "{\"port-forwards\": [{";
    for (int i = 0; i < 50'000; ++i)
        keys += "\"" + std::to_string(i) + "\": 0,\n";
    CHECK_THROWS_AS(parsed(keys + "\"port\": 1}]}"), base::Error);
}

TEST_CASE("the configuration is a regular file, and no larger than anybody could mean it")
{
    const test::ScratchFolder folder;
    const auto path = folder.path() + "/dom0net.json";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(xen::read_configuration(path), Catch::Matchers::Contains("it is no regular file"));
    base::remove_file(path);
    REQUIRE(::symlink("/dev/zero", path.c_str()) == 0);
    CHECK_THROWS_WITH(xen::read_configuration(path), Catch::Matchers::Contains("it is no regular file"));
    base::remove_file(path);
    base::replace_file(path, std::string(10'000'000, ' '));
    CHECK_THROWS_WITH(
        xen::read_configuration(path), Catch::Matchers::Contains("it has more than 1048576 bytes"));
    base::replace_file(path, "{}");
    CHECK(xen::read_configuration(path) == Configuration());
}

TEST_CASE("the example configuration shows every default")
{
    const auto path = DOM0NET_TEST_FOLDER "/../etc/xen/dom0net.json";
    CHECK(xen::read_configuration(path) == Configuration());
    auto text = base::read_file(path).value();
    int keys = 0;
    for (auto place = text.find("// \""); place != std::string::npos;
         place = text.find("// \"", place), ++keys)
        text.erase(place, 3);
    CHECK(keys == 13);
    CHECK(parsed(text) == Configuration());
}

TEST_CASE("what the configuration says of Open vSwitch and OVN")
{
    const auto read = parse_configuration(
        R"({ "ovs-database": "/run/db", "iface-id": "{uuid}-{devid}", "ovn-wait": "error", "ovn-mtu": 1442 })",
        "file");
    CHECK(read.ovs_database == "/run/db");
    CHECK(read.iface_id == "{uuid}-{devid}");
    CHECK(read.ovn_wait == xen::OvnWait::error);
    CHECK(read.ovn_mtu == 1442U);
    for (const auto* const text :
        {R"({ "ovs-database": "db" })", R"({ "iface-id": "{x}" })", R"({ "iface-id": "{name" })",
            R"({ "ovn-wait": "yes" })", R"({ "ovn-mtu": 10 })", R"({ "ovn-mtu": "x" })"})
        CHECK_THROWS_WITH(parse_configuration(text, "file"), Catch::Contains("file:1:"));
}
