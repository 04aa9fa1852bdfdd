#include "net/nft/nat_table.h"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <iterator>

namespace net {

namespace {

using nft::Compare;
using nft::Field;
using nft::Rule;
using Operation = nft::Compare::Operation;
using Source = nft::Field::Source;

constexpr unsigned name_size = 16;
constexpr unsigned port_offset = 2; // of the destination, in TCP and UDP alike

Compare device_is(Source source, const IfName& device)
{
    Bytes name(device.str().begin(), device.str().end());
    name.resize(name_size);
    return {
        {source, source == Source::in_name ? "iifname" : "oifname", 0, name_size}, Operation::equal, name};
}

// Numbers of the kernel's own are in the machine's order.
Bytes in_own_order(std::uint32_t number)
{
    Bytes value(sizeof number);
    std::memcpy(value.data(), &number, sizeof number);
    return value;
}

Compare kind(Source source, const char* words, Operation operation)
{
    return {{source, words}, operation, in_own_order(RTN_LOCAL)};
}

Compare is_for_host()
{
    return kind(Source::destination_kind, "fib daddr type", Operation::equal);
}

Compare comes_from(std::uint32_t group)
{
    return {{Source::in_group, "iifgroup"}, Operation::equal, in_own_order(group)};
}

Compare is_of(int family)
{
    return {{.source = Source::family, .words = "meta nfproto", .size = 1}, Operation::equal,
        {static_cast<std::uint8_t>(family)}};
}

Bytes in_network_order(std::uint16_t number)
{
    return {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number & 0xff)};
}

Bytes bytes_of(const IpAddress& address)
{
    return {address.bytes.begin(), address.bytes.begin() + (address.family == AF_INET ? 4 : 16)};
}

Rule masquerading(const IfName& device)
{
    return {comes_from(nat_group), device_is(Source::out_name, device),
        kind(Source::source_kind, "fib saddr type", Operation::differs), nft::Masquerade{}};
}

// The guest would take its own address for a forgery.
Rule masquerading_towards_itself(const IpAddress& guest)
{
    const bool v4 = guest.family == AF_INET;
    const unsigned size = v4 ? 4 : 16;
    const Field source{Source::network, v4 ? "ip saddr" : "ip6 saddr", v4 ? 12U : 8U, size};
    const Field destination{Source::network, v4 ? "ip daddr" : "ip6 daddr", v4 ? 16U : 24U, size};
    return {is_of(guest.family), Compare{source, Operation::equal, bytes_of(guest)},
        Compare{destination, Operation::equal, bytes_of(guest)}, nft::Masquerade{}};
}

Rule forwarding(const NatForward& forward)
{
    const Field port{
        Source::transport, forward.protocol == IPPROTO_TCP ? "tcp dport" : "udp dport", port_offset, 2};
    Rule rule{Compare{{Source::protocol, "meta l4proto", 0, 1}, Operation::equal, {forward.protocol}}};
    if (forward.first == forward.last)
        rule.emplace_back(Compare{port, Operation::equal, in_network_order(forward.first)});
    else
        rule.emplace_back(
            nft::InRange{port, in_network_order(forward.first), in_network_order(forward.last)});
    rule.emplace_back(nft::RedirectTo{bytes_of(forward.to), forward.port});
    return rule;
}

Rule forwarding_from(const IfName& device, const NatForward& forward)
{
    Rule rule{device_is(Source::in_name, device), is_for_host()};
    std::ranges::copy(forwarding(forward), std::back_inserter(rule));
    return rule;
}

void add_once(std::vector<Rule>& rules, const Rule& rule)
{
    if (std::ranges::find(rules, rule) == rules.end())
        rules.push_back(rule);
}

const nft::Verdict to_forwards{nft::Verdict::Kind::go_to, "forwards"};

// What is the guest's router to it alone is not meant: the name server of the guests is there.
std::vector<Rule> from_guests()
{
    return {{comes_from(nat_group), is_for_host(),
                kind(Source::destination_kind_here, "fib daddr . iif type", Operation::differs), to_forwards},
        {comes_from(routed_group), is_for_host(), to_forwards}};
}

// Whoever names the loopback address means the host alone.
std::vector<Rule> from_host()
{
    const Field first_byte{Source::network, "@nh,128,8", 16, 1};
    const Field address{Source::network, "ip6 daddr", 24, 16};
    const nft::Verdict accept{nft::Verdict::Kind::accept};
    Bytes loopback(16);
    loopback.back() = 1;
    return {{is_of(AF_INET), Compare{first_byte, Operation::equal, {127}}, accept},
        {is_of(AF_INET6), Compare{address, Operation::equal, loopback}, accept},
        {is_for_host(), to_forwards}};
}

nft::Chain hooked(const std::string& name, std::uint32_t number, std::int32_t priority)
{
    return {name, nft::Hook{name, number, priority, "nat"}, {}};
}

} // namespace

nft::Table nat_table(const std::vector<IfName>& devices, const std::vector<NatForward>& forwards)
{
    nft::Chain to{"forwards", {}, {}};
    auto in = hooked("prerouting", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST);
    auto own = hooked("output", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST);
    auto out = hooked("postrouting", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC);
    for (const auto& forward : forwards) {
        in.rules.push_back(forwarding_from(forward.device, forward));
        add_once(to.rules, forwarding(forward));
    }
    std::ranges::copy(from_guests(), std::back_inserter(in.rules));
    own.rules = from_host();
    for (const auto& device : devices)
        out.rules.push_back(masquerading(device));
    for (const auto& forward : forwards)
        add_once(out.rules, masquerading_towards_itself(forward.to));
    return {nft::Family::inet, "dom0net-nat", {}, {to, in, own, out}};
}

} // namespace net
