#include "net/nft/nat_table.h"

#include "catch.h"

#include <netinet/in.h>

TEST_CASE("the NAT table lets guests out by each device, and in what is forwarded")
{
    const auto eth0 = net::IfName::parse("eth0");
    const auto table = net::nat_table({eth0, net::IfName::parse("eth1")},
        {{IPPROTO_TCP, 8080, 8080, *net::IpAddress::parse("10.0.5.1"), std::uint16_t{80}, eth0},
            {IPPROTO_UDP, 5000, 5002, *net::IpAddress::parse("fd00::1"), {}, eth0}});
    CHECK(to_string(table) == R"(add table inet dom0net-nat
add chain inet dom0net-nat prerouting { type nat hook prerouting priority -100; policy accept; }
flush chain inet dom0net-nat prerouting
add chain inet dom0net-nat postrouting { type nat hook postrouting priority 100; policy accept; }
flush chain inet dom0net-nat postrouting
add rule inet dom0net-nat prerouting iifname == "eth0" fib daddr type == local meta l4proto == 0x6 tcp dport == 0x1f90 dnat ip to 10.0.5.1:80
add rule inet dom0net-nat prerouting iifname == "eth0" fib daddr type == local meta l4proto == 0x11 udp dport 0x1388-0x138a dnat ip6 to fd00::1
add rule inet dom0net-nat postrouting oifname == "eth0" fib saddr type != local masquerade
add rule inet dom0net-nat postrouting oifname == "eth1" fib saddr type != local masquerade
)");
}
