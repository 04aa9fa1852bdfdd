#include "machine.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

using namespace test;
using net::Table;

namespace {

Texts routes(const net::Kernel& kernel, const std::string& device)
{
    return texts(kernel, Table::routes, device);
}

Texts addresses(const net::Kernel& kernel, const std::string& device)
{
    return texts(kernel, Table::addresses, device);
}

} // namespace

TEMPLATE_TEST_CASE(
    "an address on a link that is up brings its route, and takes it along", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far");
    const auto address = GENERATE(as<net::Entry>(), test::address("192.0.2.2/24", {.dev = "eth0"}),
        test::address(
            "192.0.2.2/24", {.dev = "eth0", .broadcast = "192.0.2.255", .label = "eth0:web", .metric = 50}),
        test::address("192.0.2.2/32", {.dev = "eth0", .peer = "203.0.113.9"}),
        test::address("192.0.2.2/32", {.dev = "eth0"}),
        test::address("192.0.2.2/24", {.dev = "eth0", .flags = IFA_F_NOPREFIXROUTE}),
        test::address("2001:db8::2/64", {.dev = "eth0"}), test::address("2001:db8::2/128", {.dev = "eth0"}),
        test::address("2001:db8::2/64", {.dev = "eth0", .flags = IFA_F_NODAD, .metric = 77}),
        test::address("2001:db8::2/64", {.dev = "eth0", .flags = IFA_F_NOPREFIXROUTE}),
        test::address("2001:db8::2/128", {.dev = "eth0", .peer = "2001:db8:9::9", .flags = IFA_F_NODAD}));
    Texts expected;
    for (const auto& route : connected_routes(address))
        expected.push_back(to_string(route));
    std::ranges::sort(expected);
    CAPTURE(to_string(address));

    add(kernel, address);
    CHECK(addresses(kernel, "eth0") == Texts{to_string(address)});
    // That to an IPv6 peer comes only after duplicate detection.
    CHECK(eventually([&] { return routes(kernel, "eth0") == expected; }));
    add(kernel, address); // once more is no error
    CHECK(addresses(kernel, "eth0").size() == 1);
    remove(kernel, address);
    CHECK(addresses(kernel, "eth0").empty());
    CHECK(routes(kernel, "eth0").empty());
    remove(kernel, address);
}

TEMPLATE_TEST_CASE(
    "an address on a link that is down brings its route once the link comes up", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in_down(kernel, "eth0", "far");
    set_up(kernel, "far");
    add(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
    add(kernel, address("2001:db8::2/64", {.dev = "eth0"}));
    CHECK(routes(kernel, "eth0").empty());
    set_up(kernel, "eth0");
    CHECK(routes(kernel, "eth0")
        == Texts{"192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2",
            "2001:db8::/64 dev eth0 proto kernel metric 256"});
}

TEMPLATE_TEST_CASE("a link that goes down loses its routes, its IPv6 addresses and its neighbours, and keeps "
                   "its IPv4 addresses",
    "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far");
    add(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
    add(kernel, address("2001:db8::2/64", {.dev = "eth0"}));
    add(kernel, route("default", {.dev = "eth0", .via = "192.0.2.1"}));
    add(kernel, route("default6", {.dev = "eth0", .via = "2001:db8::1"}));
    add(kernel, neighbour("192.0.2.9", "02:00:00:00:00:09", "eth0"));
    add(kernel, neighbour("2001:db8::9", "02:00:00:00:00:09", "eth0"));
    add(kernel, proxy("192.0.2.10", "eth0"));
    CHECK(texts(kernel, Table::neighbours, "eth0").size() == 3);
    set_up(kernel, "eth0", false);
    CHECK(routes(kernel, "eth0").empty());
    CHECK(addresses(kernel, "eth0") == Texts{"192.0.2.2/24 dev eth0"});
    CHECK(texts(kernel, Table::neighbours, "eth0").empty());
    set_up(kernel, "eth0");
    CHECK(routes(kernel, "eth0") == Texts{"192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2"});
}

TEMPLATE_TEST_CASE(
    "IPv4 addresses are listed first come, first; IPv6 addresses last come, first", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far");
    for (const auto* const each : {"10.0.0.1/24", "10.0.1.1/24", "10.0.0.2/24", "10.0.2.1/24",
             "2001:db8::1/64", "fe80::5/64", "2001:db8::2/64"})
        add(kernel,
            address(each,
                {.dev = "eth0", .scope = static_cast<std::uint8_t>(each[0] == 'f' ? RT_SCOPE_LINK : 0)}));
    CHECK(addresses(kernel, "eth0")
        == Texts{"10.0.0.1/24 dev eth0", "10.0.1.1/24 dev eth0", "10.0.2.1/24 dev eth0",
            "10.0.0.2/24 dev eth0", "2001:db8::2/64 dev eth0", "2001:db8::1/64 dev eth0",
            "fe80::5/64 dev eth0"});
}

TEMPLATE_TEST_CASE("a primary address takes its secondaries along", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far");
    for (const auto* const each : {"192.0.2.2/24", "192.0.2.3/24", "10.0.0.1/24"})
        add(kernel, address(each, {.dev = "eth0"}));

    SECTION("unless they are to be promoted")
    {
        kernel.apply(net::SetSysctl{name("eth0"), "ipv4/conf/promote_secondaries", "1", "0"});
        remove(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
        CHECK(addresses(kernel, "eth0") == Texts{"10.0.0.1/24 dev eth0", "192.0.2.3/24 dev eth0"});
        CHECK(routes(kernel, "eth0")
            == Texts{"10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1",
                "192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.3"});
    }
    SECTION("as a rule")
    {
        remove(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
        CHECK(addresses(kernel, "eth0") == Texts{"10.0.0.1/24 dev eth0"});
        CHECK(routes(kernel, "eth0") == Texts{"10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1"});
    }
    SECTION("but not the other way round")
    {
        remove(kernel, address("192.0.2.3/24", {.dev = "eth0"}));
        CHECK(addresses(kernel, "eth0") == Texts{"192.0.2.2/24 dev eth0", "10.0.0.1/24 dev eth0"});
        CHECK(routes(kernel, "eth0").size() == 2);
    }
}

TEMPLATE_TEST_CASE(
    "with its last IPv4 address a device loses all its IPv4 routes and neighbours", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far");
    add(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
    add(kernel, address("10.0.0.1/24", {.dev = "eth0"}));
    add(kernel, route("default", {.dev = "eth0", .via = "192.0.2.1"}));
    add(kernel, route("198.51.100.0/24", {.dev = "eth0"}));
    add(kernel, route("203.0.113.0/24", {.dev = "eth0", .table = 100}));
    add(kernel, neighbour("192.0.2.9", "02:00:00:00:00:09", "eth0"));
    remove(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
    CHECK(routes(kernel, "eth0")
        == Texts{"10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1",
            "198.51.100.0/24 dev eth0 scope link", "203.0.113.0/24 dev eth0 table 100 scope link",
            "default via 192.0.2.1 dev eth0"});
    CHECK(texts(kernel, Table::neighbours, "eth0").size() == 1);
    remove(kernel, address("10.0.0.1/24", {.dev = "eth0"}));
    CHECK(routes(kernel, "eth0").empty());
    CHECK(texts(kernel, Table::neighbours, "eth0").empty());
}

TEMPLATE_TEST_CASE("routes from an IPv4 address go with it, wherever they lead, once no device has it",
    "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    plug_in(kernel, "eth1", "far1");
    for (const auto* const dev : {"eth0", "eth1"})
        add(kernel, address("192.0.2.2/24", {.dev = dev}));
    add(kernel, address("10.0.0.1/24", {.dev = "eth1"}));
    add(kernel, route("198.51.100.0/24", {.dev = "eth1", .src = "192.0.2.2"}));
    remove(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
    CHECK(routes(kernel, "eth1").size() == 3);
    remove(kernel, address("192.0.2.2/24", {.dev = "eth1"}));
    CHECK(routes(kernel, "eth1") == Texts{"10.0.0.0/24 dev eth1 proto kernel scope link src 10.0.0.1"});
}

TEMPLATE_TEST_CASE(
    "two IPv6 addresses share the route to their network until the last goes", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far");
    add(kernel, address("2001:db8::2/64", {.dev = "eth0"}));
    add(kernel, address("2001:db8::3/64", {.dev = "eth0"}));
    CHECK(routes(kernel, "eth0").size() == 1);
    remove(kernel, address("2001:db8::2/64", {.dev = "eth0"}));
    CHECK(routes(kernel, "eth0").size() == 1);
    remove(kernel, address("2001:db8::3/64", {.dev = "eth0"}));
    CHECK(routes(kernel, "eth0").empty());
}

TEMPLATE_TEST_CASE("an IPv6 route from an address outlives it, without it", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far");
    add(kernel, address("2001:db8::2/64", {.dev = "eth0", .flags = IFA_F_NODAD}));
    add(kernel, address("2001:db8:1::2/64", {.dev = "eth0", .flags = IFA_F_NODAD}));
    add(kernel, route("default6", {.dev = "eth0", .via = "2001:db8:1::1", .src = "2001:db8::2"}));
    remove(kernel, address("2001:db8::2/64", {.dev = "eth0"}));
    CHECK(routes(kernel, "eth0")
        == Texts{"2001:db8:1::/64 dev eth0 proto kernel metric 256",
            "default via 2001:db8:1::1 dev eth0 metric 1024"});
}

TEMPLATE_TEST_CASE("what the kernel cannot use as a route is refused", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    plug_in_down(kernel, "eth1", "far1");
    add(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
    add(kernel, address("2001:db8::2/64", {.dev = "eth0", .flags = IFA_F_NODAD}));
    const auto code = [&](const std::string& to, const RouteWords& words) {
        return code_of(kernel, net::AddEntry{route(to, words)});
    };
    CHECK(code("default", {.dev = "gone", .via = "192.0.2.1"}) == ENODEV);
    CHECK(code("198.51.100.0/24", {.dev = "eth1"}) == ENETDOWN);
    CHECK(code("2001:db8:5::/48", {.dev = "eth1"}) == ENETDOWN);
    CHECK(code("default", {.dev = "eth0", .via = "203.0.113.1"}) == ENETUNREACH);
    CHECK(code("default6", {.dev = "eth0", .via = "2001:db8:7::1"}) == EHOSTUNREACH);
    CHECK(code("198.51.100.0/24", {.dev = "eth0", .src = "10.9.9.9"}) == EINVAL);
    CHECK(code("2001:db8:5::/48", {.dev = "eth0", .src = "2001:db8::99"}) == EINVAL);
    CHECK(code("198.51.100.0/24", {.nexthop = 77}) == EINVAL);
    CHECK(code("default", {.dev = "eth0", .via = "203.0.113.1", .onlink = true}) == 0);
    CHECK(code("default6", {.dev = "eth0", .via = "fe80::1"}) == 0);
}

TEMPLATE_TEST_CASE("an appended route stands beside the first until that goes", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    plug_in(kernel, "eth1", "far1");
    for (const auto* const dev : {"eth0", "eth1"})
        add(kernel, address("192.0.2.2/24", {.dev = dev}));
    for (const auto* const dev : {"eth0", "eth1"})
        add(kernel, route("default", {.dev = dev, .via = "192.0.2.1"}));
    const auto towards = [&] { return kernel.device_towards(*net::IpAddress::parse("203.0.113.7")); };
    CHECK(kernel.default_routes().size() == 2);
    CHECK(towards() == name("eth0"));
    remove(kernel, route("default", {.dev = "eth0", .via = "192.0.2.1"}));
    CHECK(towards() == name("eth1"));
    CHECK(kernel.default_routes().size() == 1);

    INFO("and so does the route to the network, when the first device's address goes");
    const auto neighbour = [&] { return kernel.device_towards(*net::IpAddress::parse("192.0.2.9")); };
    CHECK(neighbour() == name("eth0"));
    remove(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
    CHECK(neighbour() == name("eth1"));
}

TEMPLATE_TEST_CASE("adding a route twice leaves one", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    add(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
    const auto one =
        GENERATE(as<net::Entry>(), route("default", {.dev = "eth0", .via = "192.0.2.1", .metric = 5}),
            route("198.51.100.0/24", {.dev = "eth0", .table = 1000, .protocol = 4, .mtu = 1400}),
            route("default6", {.dev = "eth0", .via = "fe80::1"}), route("2001:db8:5::/48", {.dev = "eth0"}),
            route("default6", {.hops = {hop("eth0", "fe80::1"), hop("eth0", "fe80::2")}}),
            route("default", {.hops = {hop("eth0", "192.0.2.1"), hop("eth0", "192.0.2.5", 3)}}));
    const auto before = routes(kernel, "eth0");
    add(kernel, one);
    const auto after = routes(kernel, "eth0");
    CHECK(std::ranges::find(after, to_string(one)) != after.end());
    add(kernel, one);
    CHECK(routes(kernel, "eth0") == after);
    remove(kernel, one);
    CHECK(routes(kernel, "eth0") == before);
    remove(kernel, one);
}

TEMPLATE_TEST_CASE(
    "IPv6 routes of one destination through two gateways are one route of two hops, either of which can go",
    "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    plug_in(kernel, "eth1", "far1");
    const auto one = route("default6", {.dev = "eth0", .via = "fe80::1"});
    const auto other = route("default6", {.dev = "eth1", .via = "fe80::1"});
    add(kernel, one);
    add(kernel, other);
    const Texts both = {
        "default metric 1024 nexthop via fe80::1 dev eth0 weight 1 nexthop via fe80::1 dev eth1 weight 1"};
    CHECK(routes(kernel, "eth0") == both);
    CHECK(routes(kernel, "eth1") == both);
    SECTION("the first")
    {
        remove(kernel, one);
        CHECK(routes(kernel, "eth1") == Texts{to_string(other)});
    }
    SECTION("the second")
    {
        remove(kernel, other);
        CHECK(routes(kernel, "eth0") == Texts{to_string(one)});
    }
    SECTION("and a link that goes down takes the route only with the last hop")
    {
        set_up(kernel, "eth0", false);
        CHECK(routes(kernel, "eth1").size() == 1);
        set_up(kernel, "eth1", false);
        CHECK(routes(kernel, "eth1").empty());
    }
}

TEMPLATE_TEST_CASE("entries that name a device are told by it, and no others", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    plug_in(kernel, "eth1", "far1");
    add(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
    add(kernel, address("203.0.113.2/24", {.dev = "eth1"}));
    add(kernel, route("default", {.hops = {hop("eth0", "192.0.2.1"), hop("eth1", "203.0.113.1")}}));
    add(kernel, rule_for_input_from("eth1", 100, 1000));
    add(kernel, rule_for_input_from("eth1", 100, 1000));
    CHECK(addresses(kernel, "eth1") == Texts{"203.0.113.2/24 dev eth1"});
    CHECK(routes(kernel, "eth0").size() == 2);
    CHECK(routes(kernel, "eth1").size() == 2);
    CHECK(texts(kernel, Table::rules, "eth0").empty());
    CHECK(texts(kernel, Table::rules, "eth1") == Texts{"priority 1000 from all iif eth1 table 100"});
    remove(kernel, rule_for_input_from("eth1", 100, 1000));
    remove(kernel, rule_for_input_from("eth1", 100, 1000));
    CHECK(texts(kernel, Table::rules, "eth1").empty());
    CHECK_THROWS(kernel.entries(Table::addresses, name("gone")));
    CHECK(code_of(kernel, net::RemoveEntry{address("192.0.2.2/24", {.dev = "gone"})}) == 0);
    CHECK(code_of(kernel, net::AddEntry{address("192.0.2.2/24", {.dev = "gone"})}) == ENODEV);
}

TEMPLATE_TEST_CASE("a multipath route outlives the first of its devices", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    plug_in(kernel, "eth1", "far1");
    add(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
    add(kernel, address("203.0.113.2/24", {.dev = "eth1"}));
    add(kernel, route("default", {.hops = {hop("eth0", "192.0.2.1"), hop("eth1", "203.0.113.1")}}));
    set_up(kernel, "eth0", false);
    CHECK(kernel.default_routes().size() == 1);
    set_up(kernel, "eth1", false);
    CHECK(kernel.default_routes().empty());
}

TEMPLATE_TEST_CASE("a renamed device keeps its entries, whose labels follow, and its rules lose it",
    "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    add(kernel, address("192.0.2.2/24", {.dev = "eth0", .label = "eth0:a"}));
    add(kernel, address("10.0.0.1/24", {.dev = "eth0", .label = "eth0:b"}));
    add(kernel, address("10.0.1.1/24", {.dev = "eth0"}));
    add(kernel, route("default", {.dev = "eth0", .via = "192.0.2.1"}));
    add(kernel, neighbour("192.0.2.9", "02:00:00:00:00:09", "eth0"));
    add(kernel, rule_for_input_from("eth0", 100, 1000));
    kernel.apply(net::RenameLink{name("eth0"), name("peth0")});
    CHECK(addresses(kernel, "peth0")
        == Texts{"192.0.2.2/24 dev peth0", "10.0.0.1/24 dev peth0 label peth0:b",
            "10.0.1.1/24 dev peth0 label peth0:3"});
    CHECK(kernel.default_routes().front().device == name("peth0"));
    CHECK(texts(kernel, Table::neighbours, "peth0").size() == 1);
    CHECK(texts(kernel, Table::rules, "peth0").empty());

    INFO("and an address is not found under another label");
    remove(kernel, address("10.0.0.1/24", {.dev = "peth0"}));
    CHECK(addresses(kernel, "peth0").size() == 3);
}

TEMPLATE_TEST_CASE(
    "permanent neighbours and proxies are added, replaced and removed", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    const auto one = GENERATE(as<std::string>(), "192.0.2.9", "2001:db8::9");
    add(kernel, neighbour(one, "02:00:00:00:00:09", "eth0"));
    add(kernel, neighbour(one, "02:00:00:00:00:0a", "eth0"));
    add(kernel, proxy(one, "eth0"));
    add(kernel, proxy(one, "eth0"));
    CHECK(texts(kernel, Table::neighbours, "eth0")
        == Texts{one + " lladdr 02:00:00:00:00:0a dev eth0 nud permanent", "proxy " + one + " dev eth0"});
    remove(kernel, neighbour(one, "02:00:00:00:00:0a", "eth0"));
    CHECK(texts(kernel, Table::neighbours, "eth0") == Texts{"proxy " + one + " dev eth0"});
    remove(kernel, proxy(one, "eth0"));
    remove(kernel, proxy(one, "eth0"));
    CHECK(texts(kernel, Table::neighbours, "eth0").empty());
}

TEMPLATE_TEST_CASE("a nexthop object moves to another device, its routes with it", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    plug_in(kernel, "eth1", "far1");
    for (const auto* const dev : {"eth0", "eth1"})
        add(kernel, address("192.0.2.2/24", {.dev = dev}));
    add(kernel, nexthop(7, "192.0.2.1", "eth0"));
    add(kernel, route("198.51.100.0/24", {.nexthop = 7}));
    CHECK(texts(kernel, Table::nexthops, "eth0") == Texts{"id 7 via 192.0.2.1 dev eth0"});
    CHECK(routes(kernel, "eth0").size() == 2);
    kernel.apply(net::ReplaceEntry{nexthop(7, "192.0.2.1", "eth1"), nexthop(7, "192.0.2.1", "eth0")});
    CHECK(texts(kernel, Table::nexthops, "eth0").empty());
    CHECK(texts(kernel, Table::nexthops, "eth1") == Texts{"id 7 via 192.0.2.1 dev eth1"});
    CHECK(routes(kernel, "eth0") == Texts{"192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2"});
    CHECK(routes(kernel, "eth1")
        == Texts{"192.0.2.0/24 dev eth1 proto kernel scope link src 192.0.2.2", "198.51.100.0/24 nhid 7"});
    remove(kernel, nexthop(7, "192.0.2.1", "eth1"));
    CHECK(routes(kernel, "eth1").size() == 1);
}

TEMPLATE_TEST_CASE(
    "replacing an address changes its life and metric; its flags in IPv6 only", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    const auto prefix = GENERATE(as<std::string>(), "192.0.2.2/24", "2001:db8::2/64");
    const auto plain = address(prefix, {.dev = "eth0"});
    const auto other = address(prefix, {.dev = "eth0", .flags = IFA_F_NOPREFIXROUTE, .metric = 99});
    add(kernel, plain);
    kernel.apply(net::ReplaceEntry{address(prefix, {.dev = "eth0", .metric = 99}), plain});
    CHECK(addresses(kernel, "eth0") == Texts{prefix + " dev eth0 metric 99"});
    REQUIRE(routes(kernel, "eth0").size() == 1);
    CHECK_THAT(routes(kernel, "eth0").front(), Catch::EndsWith("metric 99"));
    kernel.apply(net::ReplaceEntry{other, plain});
    const bool v4 = plain.family() == 2;
    CHECK(addresses(kernel, "eth0") == Texts{v4 ? prefix + " dev eth0 metric 99" : to_string(other)});
    CHECK(routes(kernel, "eth0").size() == (v4 ? 1 : 0));
}

TEMPLATE_TEST_CASE("replacing a route that is not there is ENOENT", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    add(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
    const auto wanted = route("198.51.100.0/24", {.dev = "eth0", .via = "192.0.2.1"});
    CHECK(code_of(kernel, net::ReplaceEntry{wanted, wanted}) == ENOENT);
    add(kernel, route("198.51.100.0/24", {.dev = "eth0"}));
    CHECK(code_of(kernel, net::ReplaceEntry{wanted, wanted}) == 0);
    CHECK(routes(kernel, "eth0")
        == Texts{"192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2", to_string(wanted)});
}

TEMPLATE_TEST_CASE(
    "the way to an address is its most special route, and none is nothing", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    plug_in(kernel, "eth1", "far1");
    CHECK_FALSE(kernel.device_towards(*net::IpAddress::parse("203.0.113.7")));
    CHECK_FALSE(kernel.device_towards(*net::IpAddress::parse("2001:db8::7")));
    add(kernel, address("192.0.2.2/24", {.dev = "eth0"}));
    add(kernel, route("default", {.dev = "eth0", .via = "192.0.2.1"}));
    add(kernel, route("203.0.113.0/24", {.dev = "eth1"}));
    CHECK(kernel.device_towards(*net::IpAddress::parse("203.0.113.7")) == name("eth1"));
    CHECK(kernel.device_towards(*net::IpAddress::parse("203.0.114.7")) == name("eth0"));
}

TEMPLATE_TEST_CASE("an address is found without its label", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    add(kernel, address("192.0.2.2/24", {.dev = "eth0", .label = "eth0:web"}));
    auto request = address("192.0.2.2/24", {.dev = "eth0"});
    request.attributes.erase(IFA_LABEL);
    remove(kernel, request);
    CHECK(addresses(kernel, "eth0").empty());
}
