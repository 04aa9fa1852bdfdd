#include "catch.h"
#include "entries.h"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

using net::Entry;
using test::address;
using test::hop;
using test::name;
using test::neighbour;
using test::route;

namespace {

std::vector<std::string> texts(const std::vector<Entry>& entries)
{
    std::vector<std::string> all;
    for (const auto& each : entries)
        all.push_back(to_string(each));
    return all;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("normalizing an address keeps wishes and drops the state of the moment")
{
    const auto told = address("2001:db8::2/64",
        {.dev = "eth0",
            .flags =
                IFA_F_PERMANENT | IFA_F_TENTATIVE | IFA_F_NODAD | IFA_F_NOPREFIXROUTE | IFA_F_DEPRECATED});
    const auto wished =
        address("2001:db8::2/64", {.dev = "eth0", .flags = IFA_F_NODAD | IFA_F_NOPREFIXROUTE});
    CHECK(normalized(told) == normalized(wished));
    CHECK(normalized(told).attributes.get<std::uint32_t>(IFA_FLAGS) == (IFA_F_NODAD | IFA_F_NOPREFIXROUTE));
}

TEST_CASE("normalizing an address forgets when it was made and keeps how long it lives")
{
    auto told = address("192.0.2.2/24", {.dev = "eth0", .valid_lifetime = 100, .preferred_lifetime = 50});
    auto info = told.attributes.get<ifa_cacheinfo>(IFA_CACHEINFO).value();
    info.cstamp = info.tstamp = 4711;
    told.attributes.put(IFA_CACHEINFO, info);
    CHECK(normalized(told)
        == normalized(
            address("192.0.2.2/24", {.dev = "eth0", .valid_lifetime = 100, .preferred_lifetime = 50})));
    CHECK(to_string(normalized(told)) == "192.0.2.2/24 dev eth0 valid_lft 100 preferred_lft 50");
}

TEST_CASE("normalizing a route turns what is left of its life into a request for as much")
{
    auto told = route("2001:db8:1::/48", {.dev = "eth0", .via = "fe80::1"});
    told.attributes.put(RTA_CACHEINFO, rta_cacheinfo{.rta_expires = 1800 * 100});
    const auto kept = normalized(told);
    CHECK(kept.attributes.get<std::uint32_t>(RTA_EXPIRES) == 1800);
    CHECK_FALSE(kept.attributes.find(RTA_CACHEINFO));
}

TEST_CASE("normalizing a route without an end leaves it without one")
{
    auto told = route("2001:db8:1::/48", {.dev = "eth0"});
    told.attributes.put(RTA_CACHEINFO, rta_cacheinfo{});
    CHECK(normalized(told) == route("2001:db8:1::/48", {.dev = "eth0"}));
}

TEST_CASE("normalizing a route drops dead and linkdown, of its hops too, and keeps onlink")
{
    auto told = route("198.51.100.0/24", {.hops = {hop("eth0", "192.0.2.1"), hop("eth1", "203.0.113.1")}});
    const auto wished = told;
    auto head = told.head<rtmsg>();
    head.rtm_flags |= RTNH_F_DEAD | RTNH_F_LINKDOWN;
    told.set_head(head);
    told.hops[0].flags |= RTNH_F_DEAD;
    told.hops[1].flags |= RTNH_F_LINKDOWN;
    CHECK(normalized(told) == wished);
    CHECK(normalized(route("default", {.dev = "eth0", .via = "192.0.2.1", .onlink = true}))
              .head<rtmsg>()
              .rtm_flags
        == RTNH_F_ONLINK);
}

TEST_CASE("of a route through a nexthop object only the object is kept")
{
    auto told = route("198.51.100.0/24", {.dev = "eth0", .via = "192.0.2.1", .nexthop = 7});
    CHECK_FALSE(normalized(told).attributes.find(RTA_GATEWAY));
    CHECK(normalized(told).attributes.get<std::uint32_t>(RTA_NH_ID) == 7);
}

TEST_CASE("normalizing twice is normalizing once")
{
    const auto entry =
        GENERATE(as<Entry>(), address("192.0.2.2/24", {.dev = "eth0", .flags = IFA_F_PERMANENT}),
            route("default", {.dev = "eth0", .via = "192.0.2.1", .metric = 100}),
            neighbour("192.0.2.9", "02:00:00:00:00:09", "eth0"), test::rule_for_input_from("eth0", 100, 1000),
            test::nexthop(5, "192.0.2.1", "eth0"));
    CHECK(normalized(normalized(entry)) == normalized(entry));
}

TEST_CASE("the kernel's own entries are those of table local and learned neighbours")
{
    CHECK(is_kernels_own(route("192.0.2.2",
        {.dev = "eth0", .table = RT_TABLE_LOCAL, .protocol = RTPROT_KERNEL, .type = RTN_LOCAL})));
    CHECK_FALSE(is_kernels_own(route("192.0.2.7",
        {.dev = "eth0", .table = RT_TABLE_LOCAL, .protocol = RTPROT_STATIC, .type = RTN_LOCAL})));
    CHECK_FALSE(is_kernels_own(route("192.0.2.0/24", {.dev = "eth0", .protocol = RTPROT_KERNEL})));
    CHECK_FALSE(is_kernels_own(address("2001:db8::2/64", {.dev = "eth0", .flags = IFA_F_TEMPORARY})));
    CHECK_FALSE(
        is_kernels_own(address("192.0.2.2/24", {.dev = "eth0", .flags = IFA_F_SECONDARY}))); // the same bit
    CHECK_FALSE(is_kernels_own(neighbour("192.0.2.9", "02:00:00:00:00:09", "eth0")));
    CHECK_FALSE(is_kernels_own(test::proxy("192.0.2.9", "eth0")));
    auto learned = neighbour("192.0.2.9", "02:00:00:00:00:09", "eth0");
    learned.set_head(ndmsg{.ndm_family = AF_INET, .ndm_state = NUD_STALE});
    CHECK(is_kernels_own(learned));
    CHECK(is_learned(learned));
}

TEST_CASE("a temporary address is given on as a deprecated one of the same lifetime, which brings no route")
{
    const auto left = normalized(address("2001:db8::2/64",
        {.dev = "eth0", .flags = IFA_F_TEMPORARY, .valid_lifetime = 900, .preferred_lifetime = 300}));
    CHECK(left.attributes.get<std::uint32_t>(IFA_FLAGS) == (IFA_F_NODAD | IFA_F_NOPREFIXROUTE));
    CHECK(left.attributes.get<ifa_cacheinfo>(IFA_CACHEINFO)->ifa_valid == 900);
    CHECK(left.attributes.get<ifa_cacheinfo>(IFA_CACHEINFO)->ifa_prefered == 0);
    CHECK(connected_routes(left).empty());
}

TEST_CASE("an advertised default route is the same whatever its metric, another one is not")
{
    auto ours = route("default6", {.dev = "eth0", .via = "fe80::1", .metric = 1025});
    auto kernels = route("default6", {.dev = "eth0", .via = "fe80::1", .metric = 1024});
    CHECK_FALSE(same_identity(ours, kernels));
    ours.advertised = true;
    CHECK_FALSE(same_identity(ours, kernels));
    kernels.advertised = true;
    CHECK(same_identity(ours, kernels));
}

TEST_CASE("an address brings the route to its network")
{
    CHECK(texts(connected_routes(address("192.0.2.130/25", {.dev = "eth0"})))
        == Texts{"192.0.2.128/25 dev eth0 proto kernel scope link src 192.0.2.130"});
    CHECK(texts(connected_routes(address("192.0.2.130/31", {.dev = "eth0", .metric = 50})))
        == Texts{"192.0.2.130/31 dev eth0 proto kernel scope link src 192.0.2.130 metric 50"});
    CHECK(texts(connected_routes(address("2001:db8:0:1::2/64", {.dev = "eth0"})))
        == Texts{"2001:db8:0:1::/64 dev eth0 proto kernel metric 256"});
    CHECK(texts(connected_routes(address("2001:db8::2/64", {.dev = "eth0", .metric = 77})))
        == Texts{"2001:db8::/64 dev eth0 proto kernel metric 77"});
}

TEST_CASE("an address of one host brings no route in IPv4 and one in IPv6")
{
    CHECK(connected_routes(address("192.0.2.2/32", {.dev = "eth0"})).empty());
    CHECK(texts(connected_routes(address("2001:db8::2/128", {.dev = "eth0"})))
        == Texts{"2001:db8::2 dev eth0 proto kernel metric 256"});
}

TEST_CASE("an address with a peer brings the route to the peer")
{
    CHECK(texts(connected_routes(address("192.0.2.2/32", {.dev = "eth0", .peer = "203.0.113.9"})))
        == Texts{"203.0.113.9 dev eth0 proto kernel scope link src 192.0.2.2"});
    CHECK(texts(connected_routes(address("2001:db8::2/64", {.dev = "eth0", .peer = "2001:db8:9::9"})))
        == Texts{"2001:db8::/64 dev eth0 proto kernel metric 256",
            "2001:db8:9::9 dev eth0 proto kernel metric 256"});
}

TEST_CASE("an address with noprefixroute brings no route")
{
    CHECK(connected_routes(address("192.0.2.2/24", {.dev = "eth0", .flags = IFA_F_NOPREFIXROUTE})).empty());
    CHECK(connected_routes(address("2001:db8::2/64", {.dev = "eth0", .flags = IFA_F_NOPREFIXROUTE})).empty());
}

TEST_CASE("an address is itself whatever it carries along, but for prefix, peer and device")
{
    const auto one = address("192.0.2.2/24", {.dev = "eth0"});
    CHECK(same_identity(one,
        address("192.0.2.2/24",
            {.dev = "eth0", .broadcast = "192.0.2.255", .label = "eth0:x", .valid_lifetime = 9})));
    CHECK_FALSE(same_identity(one, address("192.0.2.3/24", {.dev = "eth0"})));
    CHECK_FALSE(same_identity(one, address("192.0.2.2/25", {.dev = "eth0"})));
    CHECK_FALSE(same_identity(one, address("192.0.2.2/24", {.dev = "eth1"})));
    CHECK_FALSE(same_identity(one, address("192.0.2.2/24", {.dev = "eth0", .peer = "192.0.2.9"})));
    CHECK_FALSE(same_identity(one, address("2001:db8::2/64", {.dev = "eth0"})));
}

TEST_CASE("a route is itself by destination, table, tos, type, metric and hops")
{
    const auto one = route("198.51.100.0/24", {.dev = "eth0", .via = "192.0.2.1", .metric = 100});
    CHECK(same_identity(one,
        route("198.51.100.0/24",
            {.dev = "eth0", .via = "192.0.2.1", .metric = 100, .protocol = 4, .mtu = 1400})));
    CHECK_FALSE(
        same_identity(one, route("198.51.100.0/25", {.dev = "eth0", .via = "192.0.2.1", .metric = 100})));
    CHECK_FALSE(
        same_identity(one, route("198.51.100.0/24", {.dev = "eth0", .via = "192.0.2.9", .metric = 100})));
    CHECK_FALSE(
        same_identity(one, route("198.51.100.0/24", {.dev = "eth0", .via = "192.0.2.1", .metric = 101})));
    CHECK_FALSE(same_identity(
        one, route("198.51.100.0/24", {.dev = "eth0", .via = "192.0.2.1", .metric = 100, .table = 100})));
    CHECK_FALSE(
        same_identity(one, route("198.51.100.0/24", {.dev = "eth1", .via = "192.0.2.1", .metric = 100})));
    CHECK_FALSE(same_identity(one,
        route("198.51.100.0/24",
            {.metric = 100, .hops = {hop("eth0", "192.0.2.1"), hop("eth0", "192.0.2.3")}})));
}

TEST_CASE("multipath routes of different weights are different routes")
{
    const auto one = route("default", {.hops = {hop("eth0", "192.0.2.1"), hop("eth1", "203.0.113.1")}});
    CHECK(same_identity(one, one));
    CHECK_FALSE(same_identity(
        one, route("default", {.hops = {hop("eth0", "192.0.2.1", 2), hop("eth1", "203.0.113.1")}})));
}

TEST_CASE("a neighbour and a proxy entry for it are two things")
{
    CHECK_FALSE(
        same_identity(neighbour("192.0.2.9", "02:00:00:00:00:09", "eth0"), test::proxy("192.0.2.9", "eth0")));
    CHECK(same_identity(neighbour("192.0.2.9", "02:00:00:00:00:09", "eth0"),
        neighbour("192.0.2.9", "02:00:00:00:00:0a", "eth0")));
}

TEST_CASE("an entry for another device names it wherever it named the first")
{
    const auto from = name("eth0");
    const auto to = name("xenbr0");
    CHECK(
        to_string(renamed(address("192.0.2.2/24", {.dev = "eth0"}), from, to)) == "192.0.2.2/24 dev xenbr0");
    CHECK(to_string(renamed(
              route("default", {.hops = {hop("eth0", "192.0.2.1"), hop("eth1", "203.0.113.1")}}), from, to))
        == "default nexthop via 192.0.2.1 dev xenbr0 weight 1 nexthop via 203.0.113.1 dev eth1 weight 1");
    CHECK(to_string(renamed(test::rule_for_input_from("eth0", 100, 1000), from, to))
        == "priority 1000 from all iif xenbr0 table 100");
    const auto other = address("192.0.2.2/24", {.dev = "eth1", .label = "eth1:0"});
    CHECK(renamed(other, from, to) == other);
}

TEST_CASE("a label follows its device")
{
    const auto rename = [](const std::string& label, const std::string& to) {
        return renamed(address("192.0.2.2/24", {.dev = "eth0", .label = label}), name("eth0"), name(to))
            .attributes.text(IFA_LABEL);
    };
    CHECK(rename("eth0", "xenbr0") == "xenbr0");
    CHECK(rename("eth0:web", "xenbr0") == "xenbr0:web");
    CHECK(rename("eth01", "xenbr0") == "eth01"); // somebody else's
    CHECK(rename("uplink", "xenbr0") == "uplink");
    CHECK(rename("eth0:0123456789", "xenbr0") == "eth0:0123456789"); // no room
}

TEST_CASE("entries there and back between two devices are as before")
{
    const auto entry = GENERATE(as<Entry>(), address("192.0.2.2/24", {.dev = "eth0", .label = "eth0:a"}),
        route("default", {.dev = "eth0", .via = "192.0.2.1"}),
        route("default6", {.hops = {hop("eth0", "fe80::1"), hop("eth1", "fe80::2")}}),
        test::rule_for_input_from("eth0", 100, 1000), neighbour("2001:db8::9", "02:00:00:00:00:09", "eth0"));
    CHECK(renamed(renamed(entry, name("eth0"), name("xenbr0")), name("xenbr0"), name("eth0")) == entry);
}

TEST_CASE("a route has a gateway if a packet goes through somebody")
{
    CHECK(has_gateway(route("default", {.dev = "eth0", .via = "192.0.2.1"})));
    CHECK(has_gateway(route("default", {.hops = {hop("eth0", "192.0.2.1")}})));
    CHECK(has_gateway(route("default", {.nexthop = 7})));
    CHECK_FALSE(has_gateway(route("192.0.2.0/24", {.dev = "eth0"})));
}

TEST_CASE("the local address is ours, not the peer's")
{
    CHECK(to_string(local_address(address("192.0.2.2/32", {.dev = "eth0", .peer = "203.0.113.9"})))
        == "192.0.2.2");
    CHECK(to_string(local_address(address("2001:db8::2/64", {.dev = "eth0"}))) == "2001:db8::2");
}

TEST_CASE("a header that is cut off reads as zeros")
{
    Entry entry{.table = net::Table::routes, .header = {AF_INET, 24}};
    CHECK(entry.head<rtmsg>().rtm_dst_len == 24);
    CHECK(entry.head<rtmsg>().rtm_type == 0);
    CHECK(Entry().family() == 0);
}
