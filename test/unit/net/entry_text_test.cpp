#include "catch.h"
#include "entries.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

using test::address;
using test::hop;
using test::route;

TEST_CASE("an address reads as iproute2 takes it")
{
    CHECK(to_string(address(
              "192.0.2.2/24", {.dev = "eth0", .broadcast = "192.0.2.255", .label = "eth0:web", .metric = 20}))
        == "192.0.2.2/24 brd 192.0.2.255 dev eth0 label eth0:web metric 20");
    CHECK(to_string(address("192.0.2.2/32", {.dev = "eth0", .peer = "203.0.113.9", .scope = RT_SCOPE_LINK}))
        == "192.0.2.2 peer 203.0.113.9/32 dev eth0 scope link");
    CHECK(to_string(address("2001:db8::2/64",
              {.dev = "eth0",
                  .flags = IFA_F_NODAD | IFA_F_NOPREFIXROUTE,
                  .valid_lifetime = 60,
                  .preferred_lifetime = 30}))
        == "2001:db8::2/64 dev eth0 valid_lft 60 preferred_lft 30 nodad noprefixroute");
}

TEST_CASE("a route reads as iproute2 takes it")
{
    CHECK(
        to_string(route("default",
            {.dev = "eth0", .via = "192.0.2.1", .src = "192.0.2.2", .metric = 100, .protocol = RTPROT_DHCP}))
        == "default via 192.0.2.1 dev eth0 proto dhcp src 192.0.2.2 metric 100");
    CHECK(to_string(route("198.51.100.7", {.dev = "eth0", .table = 100}))
        == "198.51.100.7 dev eth0 table 100 scope link");
    CHECK(to_string(route("default6", {.dev = "eth0", .via = "fe80::1", .protocol = RTPROT_RA, .mtu = 1400}))
        == "default via fe80::1 dev eth0 proto ra metric 1024 mtu 1400");
    CHECK(
        to_string(route("203.0.113.0/24", {.type = RTN_BLACKHOLE})) == "blackhole 203.0.113.0/24 scope link");
    CHECK(to_string(route("default", {.dev = "eth0", .via = "10.0.0.1", .onlink = true}))
        == "default via 10.0.0.1 dev eth0 onlink");
    CHECK(to_string(route("default", {.hops = {hop("eth0", "192.0.2.1", 2), hop("eth1", "203.0.113.1")}}))
        == "default nexthop via 192.0.2.1 dev eth0 weight 2 nexthop via 203.0.113.1 dev eth1 weight 1");
    CHECK(to_string(route("198.51.100.0/24", {.nexthop = 7})) == "198.51.100.0/24 nhid 7");
}

TEST_CASE("neighbours, rules and nexthops read as iproute2 takes them")
{
    CHECK(to_string(test::neighbour("192.0.2.9", "02:00:00:00:00:09", "eth0"))
        == "192.0.2.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent");
    CHECK(to_string(test::proxy("2001:db8::9", "eth0")) == "proxy 2001:db8::9 dev eth0");
    CHECK(to_string(test::rule_for_input_from("eth0", 1000, 5)) == "priority 5 from all iif eth0 table 1000");
    CHECK(to_string(test::nexthop(7, "192.0.2.1", "eth0")) == "id 7 via 192.0.2.1 dev eth0");
}

TEST_CASE("an entry's object is named for its family where iproute2 wants it")
{
    CHECK(object_name(address("2001:db8::2/64", {.dev = "eth0"})) == "address");
    CHECK(object_name(route("default", {.dev = "eth0"})) == "route");
    CHECK(object_name(route("default6", {.dev = "eth0"})) == "-6 route");
    CHECK(object_name(test::neighbour("2001:db8::9", "02:00:00:00:00:09", "eth0")) == "neighbour");
}

TEST_CASE("garbage has a text too")
{
    for (const auto table : {net::Table::addresses, net::Table::routes, net::Table::neighbours,
             net::Table::rules, net::Table::nexthops}) {
        net::Entry entry{.table = table, .header = {10}};
        for (std::uint16_t type = 0; type < 32; ++type)
            entry.attributes.set(type, net::Bytes(type % 5, 0xff));
        CHECK_NOTHROW(to_string(normalized(entry)));
        CHECK_NOTHROW(connected_routes(entry));
        CHECK_NOTHROW(local_address(entry));
    }
}
