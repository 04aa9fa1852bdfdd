#include "net/nft/nat_table.h"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

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
Compare kind(Source source, const char* words, Operation operation)
{
    const std::uint32_t local = RTN_LOCAL;
    Bytes value(sizeof local);
    std::memcpy(value.data(), &local, sizeof local);
    return {{source, words}, operation, value};
}

Bytes in_network_order(std::uint16_t number)
{
    return {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number & 0xff)};
}

Rule masquerading(const IfName& device)
{
    return {device_is(Source::out_name, device),
        kind(Source::source_kind, "fib saddr type", Operation::differs), nft::Masquerade{}};
}

Rule forwarding(const NatForward& forward)
{
    const bool v4 = forward.to.family == AF_INET;
    const Field port{
        Source::transport, forward.protocol == IPPROTO_TCP ? "tcp dport" : "udp dport", port_offset, 2};
    Rule rule{device_is(Source::in_name, forward.device),
        kind(Source::destination_kind, "fib daddr type", Operation::equal),
        Compare{{Source::protocol, "meta l4proto", 0, 1}, Operation::equal, {forward.protocol}}};
    if (forward.first == forward.last)
        rule.emplace_back(Compare{port, Operation::equal, in_network_order(forward.first)});
    else
        rule.emplace_back(
            nft::InRange{port, in_network_order(forward.first), in_network_order(forward.last)});
    rule.emplace_back(nft::RedirectTo{
        Bytes(forward.to.bytes.begin(), forward.to.bytes.begin() + (v4 ? 4 : 16)), forward.port});
    return rule;
}

} // namespace

nft::Table nat_table(const std::vector<IfName>& devices, const std::vector<NatForward>& forwards)
{
    nft::Chain in{"prerouting", nft::Hook{"prerouting", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST, "nat"}, {}};
    nft::Chain out{
        "postrouting", nft::Hook{"postrouting", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC, "nat"}, {}};
    for (const auto& forward : forwards)
        in.rules.push_back(forwarding(forward));
    for (const auto& device : devices)
        out.rules.push_back(masquerading(device));
    return {nft::Family::inet, "dom0net-nat", {}, {in, out}};
}

} // namespace net
