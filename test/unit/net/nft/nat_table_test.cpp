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
add chain inet dom0net-nat forwards
flush chain inet dom0net-nat forwards
add chain inet dom0net-nat prerouting { type nat hook prerouting priority -100; policy accept; }
flush chain inet dom0net-nat prerouting
add chain inet dom0net-nat output { type nat hook output priority -100; policy accept; }
flush chain inet dom0net-nat output
add chain inet dom0net-nat postrouting { type nat hook postrouting priority 100; policy accept; }
flush chain inet dom0net-nat postrouting
add rule inet dom0net-nat forwards meta l4proto == 0x6 tcp dport == 0x1f90 dnat ip to 10.0.5.1:80
add rule inet dom0net-nat forwards meta l4proto == 0x11 udp dport 0x1388-0x138a dnat ip6 to fd00::1
add rule inet dom0net-nat prerouting iifname == "eth0" fib daddr type == local meta l4proto == 0x6 tcp dport == 0x1f90 dnat ip to 10.0.5.1:80
add rule inet dom0net-nat prerouting iifname == "eth0" fib daddr type == local meta l4proto == 0x11 udp dport 0x1388-0x138a dnat ip6 to fd00::1
add rule inet dom0net-nat prerouting iifgroup == 208 fib daddr type == local fib daddr . iif type != local goto forwards
add rule inet dom0net-nat prerouting iifgroup == 209 fib daddr type == local goto forwards
add rule inet dom0net-nat output meta nfproto == ipv4 @nh,128,8 == 0x7f accept
add rule inet dom0net-nat output meta nfproto == ipv6 ip6 daddr == ::1 accept
add rule inet dom0net-nat output fib daddr type == local goto forwards
add rule inet dom0net-nat postrouting iifgroup == 208 oifname == "eth0" fib saddr type != local masquerade
add rule inet dom0net-nat postrouting iifgroup == 208 oifname == "eth1" fib saddr type != local masquerade
add rule inet dom0net-nat postrouting meta nfproto == ipv4 ip saddr == 10.0.5.1 ip daddr == 10.0.5.1 masquerade
add rule inet dom0net-nat postrouting meta nfproto == ipv6 ip6 saddr == fd00::1 ip6 daddr == fd00::1 masquerade
)");
}
