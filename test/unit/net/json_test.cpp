#include "base/error.h"
#include "catch.h"
#include "entries.h"
#include "net/json.h"

#include <linux/netlink.h>
#include <nlohmann/json.hpp>

using net::Entry;
using net::entry_from_json;
using net::entry_to_json;
using nlohmann::json;
using test::hop;
using test::name;

namespace {

Entry with_unknown_attribute()
{
    auto entry = test::address("192.0.2.2/24", {.dev = "eth0"});
    entry.attributes.set(NLA_F_NESTED | 200, net::Bytes{0, 255, 16});
    return entry;
}

} // namespace

TEST_CASE("an entry comes back from JSON byte for byte")
{
    const auto entry = GENERATE(as<Entry>(), with_unknown_attribute(),
        test::address("2001:db8::2/64", {.dev = "eth0", .valid_lifetime = 60, .preferred_lifetime = 30}),
        test::route("default", {.dev = "eth0", .via = "192.0.2.1", .mtu = 1400}),
        test::route("default6", {.hops = {hop("eth0", "fe80::1", 3), hop("eth1", "fe80::2")}}),
        test::route("198.51.100.0/24", {.nexthop = 7}),
        test::neighbour("192.0.2.9", "02:00:00:00:00:09", "eth0"),
        test::rule_for_input_from("eth0", 100, 1000), test::nexthop(7, "192.0.2.1", "eth0"));
    const auto text = entry_to_json(entry).dump();
    CHECK(entry_from_json(json::parse(text)) == entry);
}

TEST_CASE("JSON of an entry says in words what the bytes mean")
{
    CHECK(
        entry_to_json(test::address("192.0.2.2/24", {.dev = "eth0"})).at("text") == "192.0.2.2/24 dev eth0");
}

TEST_CASE("an entry that lacks a part is refused")
{
    const auto whole = entry_to_json(
        test::route("default", {.hops = {hop("eth0", "192.0.2.1"), hop("eth1", "203.0.113.1")}}));
    for (const std::string part : {"table", "header", "attributes"}) {
        auto object = whole;
        object.erase(part);
        CAPTURE(part);
        CHECK_THROWS_AS(entry_from_json(object), base::Error);
    }
    for (const std::string part : {"device", "flags", "weight", "attributes"}) {
        auto object = whole;
        object["hops"][1].erase(part);
        CAPTURE(part);
        CHECK_THROWS_AS(entry_from_json(object), base::Error);
    }
}

TEST_CASE("an entry with nonsense in it is refused")
{
    const auto whole = entry_to_json(test::address("192.0.2.2/24", {.dev = "eth0"}));
    const auto [key, nonsense] = GENERATE(table<std::string, json>({{"table", "chairs"}, {"table", 3},
        {"header", "0g"}, {"header", "02180"}, {"header", 7}, {"attributes", "none"}, {"attributes", 5},
        {"attributes", json::array({1})}, {"attributes", json::array({json::array({1})})},
        {"attributes", json::array({json::array({"x", "00"})})},
        {"attributes", json::array({json::array({1, "zz"})})},
        {"attributes", json::array({json::array({1, "0"})})},
        {"attributes", json::array({json::array({70000, "00"})})},
        {"attributes", json::array({json::array({-1, "00"})})}, {"device", "a/b"}, {"device", 1},
        {"device", nullptr}, {"hops", 1}, {"hops", json::array({1})}}));
    auto object = whole;
    object[key] = nonsense;
    CAPTURE(object.dump());
    CHECK_THROWS_AS(entry_from_json(object), base::Error);
}

TEST_CASE("what is no object is no entry")
{
    const auto nonsense = GENERATE(as<json>(), json(), json(5), json("x"), json::array(), json::object());
    CHECK_THROWS_AS(entry_from_json(nonsense), base::Error);
}

TEST_CASE("steps as JSON have a kind and a command")
{
    const auto list =
        json::parse(net::to_json({net::DeleteLink{name("xenbr0")}, net::AwaitRunning{name("xenbr0"), {}}}));
    CHECK(list.size() == 2);
    CHECK(list[0].at("step") == "delete-link");
    CHECK(list[0].at("command") == "ip link delete dev xenbr0");
    CHECK(json::parse(net::to_json({})) == json::array());
}

TEST_CASE("a step with bytes that are no UTF-8 can still be told as JSON")
{
    const net::Step step = net::ChangeLink{name("vif1.0"), {.alias = "caf\xe9"}, {}};
    CHECK_NOTHROW(net::to_json({step}));
    const net::Step quiet = net::SetSysctl{name("eth0"), "ipv4/conf/rp_filter", "\xff", "0"};
    CHECK_NOTHROW(net::to_json({quiet}));
}

TEST_CASE("an address whose label is no UTF-8 can be kept all the same")
{
    const auto entry = test::address("192.0.2.2/24", {.dev = "eth0", .label = "eth0:\xe9"});
    CHECK(entry_from_json(json::parse(entry_to_json(entry).dump())) == entry);
}

TEST_CASE("an entry of a device whose name only the kernel could take can be kept and read back")
{
    auto entry = test::address("192.0.2.2/24", {.dev = "eth0"});
    const std::string text = GENERATE(as<std::string>(), "a,b", "veth^x", "caf\xc3\xa9");
    entry.device = net::IfName::try_parse(text);
    REQUIRE(entry.device);
    CAPTURE(text);
    CHECK(entry_from_json(json::parse(entry_to_json(entry).dump())) == entry);
}

TEST_CASE("JSON that is nested too deep is refused before anybody walks through it")
{
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK(net::json_text(net::parse_json(nested(net::deepest_json))) == nested(net::deepest_json));
    CHECK_THROWS_WITH(net::parse_json(nested(net::deepest_json + 1)), "it is nested deeper than 32 levels");
    CHECK_THROWS_AS(net::parse_json(std::string(1'000'000, '[')), base::Error);
    std::string objects;
    for (int i = 0; i < 200'000; ++i)
        objects += "{\"a\":";
    CHECK_THROWS_AS(net::parse_json(objects), base::Error);
}

TEST_CASE("what is no JSON is refused in words that a terminal can bear")
{
    CHECK_THROWS_AS(net::parse_json(""), base::Error);
    CHECK_THROWS_WITH(net::parse_json("[\"\xde\"]"), Catch::Contains("\\xde"));
}

TEST_CASE("a text that is no UTF-8 can be told as JSON")
{
    CHECK(net::json_text(nlohmann::json{{"name", "a\xde"}}) == "{\"name\":\"a\xef\xbf\xbd\"}");
}
