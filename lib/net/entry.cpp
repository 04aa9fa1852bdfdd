#include "net/entry.h"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace net {

namespace {

// What of an address's flags is somebody's wish rather than the kernel's remark.
constexpr std::uint32_t wished_address_flags =
    IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;
constexpr std::uint32_t kernels_ipv6_metric = 256; // IP6_RT_PRIO_ADDRCONF in include/net/ip6_route.h
constexpr int user_hz = 100;

std::uint32_t address_flags(const Entry& address)
{
    return address.attributes.get<std::uint32_t>(IFA_FLAGS).value_or(address.head<ifaddrmsg>().ifa_flags);
}

// Linux takes no temporary address from us, and makes a new one beside its managing address.
bool is_temporary(const Entry& address)
{
    return address.family() == AF_INET6 && (address_flags(address) & IFA_F_TEMPORARY);
}

Entry normalized_address(Entry address)
{
    const bool temporary = is_temporary(address);
    const auto flags =
        temporary ? IFA_F_NODAD | IFA_F_NOPREFIXROUTE : address_flags(address) & wished_address_flags;
    auto head = address.head<ifaddrmsg>();
    head.ifa_flags = static_cast<std::uint8_t>(flags);
    address.set_head(head);
    address.attributes.put(IFA_FLAGS, flags);
    if (auto info = address.attributes.get<ifa_cacheinfo>(IFA_CACHEINFO)) {
        info->cstamp = info->tstamp = 0;
        if (temporary)
            info->ifa_prefered = 0;
        address.attributes.put(IFA_CACHEINFO, *info);
    }
    return address;
}

// A dump tells the remaining time as RTA_CACHEINFO; the kernel takes it back as RTA_EXPIRES.
void turn_expiry_into_request(Attributes& attributes)
{
    if (const auto info = attributes.get<rta_cacheinfo>(RTA_CACHEINFO); info && info->rta_expires > 0)
        attributes.put(RTA_EXPIRES, static_cast<std::uint32_t>(info->rta_expires / user_hz));
    attributes.erase(RTA_CACHEINFO);
}

Entry normalized_route(Entry route)
{
    auto head = route.head<rtmsg>();
    head.rtm_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
    route.set_head(head);
    turn_expiry_into_request(route.attributes);
    for (auto& hop : route.hops)
        hop.flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
    if (has_nexthop_object(route)) { // the hops that are told beside it are the object's
        route.hops.clear();
        route.attributes.erase(RTA_GATEWAY);
        route.attributes.erase(RTA_VIA);
    }
    return route;
}

Entry normalized_neighbour(Entry neighbour)
{
    auto head = neighbour.head<ndmsg>();
    head.ndm_type = 0;
    head.ndm_flags &= static_cast<std::uint8_t>(~(NTF_OFFLOADED | NTF_USE));
    neighbour.set_head(head);
    neighbour.attributes.erase(NDA_CACHEINFO);
    neighbour.attributes.erase(NDA_PROBES);
    return neighbour;
}

Entry normalized_nexthop(Entry nexthop)
{
    auto head = nexthop.head<nhmsg>();
    head.nh_scope = 0;
    head.nh_flags &= RTNH_F_ONLINK;
    nexthop.set_head(head);
    return nexthop;
}

std::uint32_t route_table(const Entry& route)
{
    return route.attributes.get<std::uint32_t>(RTA_TABLE).value_or(route.head<rtmsg>().rtm_table);
}

bool same_attribute(const Entry& one, const Entry& other, std::uint16_t type)
{
    const Bytes* const left = one.attributes.find(type);
    const Bytes* const right = other.attributes.find(type);
    return left && right ? *left == *right : left == right;
}

bool same_hops(const Entry& one, const Entry& other)
{
    return std::ranges::equal(one.hops, other.hops, [](const Hop& left, const Hop& right) {
        return left.device == right.device && left.weight == right.weight
            && left.attributes == right.attributes;
    });
}

bool same_route(const Entry& one, const Entry& other)
{
    const auto left = one.head<rtmsg>();
    const auto right = other.head<rtmsg>();
    const auto same = [&](std::uint16_t type) { return same_attribute(one, other, type); };
    return route_table(one) == route_table(other) && left.rtm_dst_len == right.rtm_dst_len
        && left.rtm_tos == right.rtm_tos && left.rtm_type == right.rtm_type && same(RTA_DST)
        && (same(RTA_PRIORITY) || (one.advertised && other.advertised)) && same(RTA_GATEWAY) && same(RTA_VIA)
        && same(RTA_NH_ID) && same_hops(one, other);
}

bool same_address(const Entry& one, const Entry& other)
{
    return one.head<ifaddrmsg>().ifa_prefixlen == other.head<ifaddrmsg>().ifa_prefixlen
        && local_address(one) == local_address(other) && same_attribute(one, other, IFA_ADDRESS);
}

bool same_neighbour(const Entry& one, const Entry& other)
{
    constexpr std::uint8_t proxy = NTF_PROXY;
    return same_attribute(one, other, NDA_DST)
        && (one.head<ndmsg>().ndm_flags & proxy) == (other.head<ndmsg>().ndm_flags & proxy);
}

// A label is the device's name, or begins with it and a colon; anything else is left as it is.
void rename_label(Attributes& attributes, const IfName& from, const IfName& to)
{
    const auto label = attributes.text(IFA_LABEL);
    const bool own = label == from.str() || label.starts_with(from.str() + ":");
    const auto wanted = own ? to.str() + label.substr(from.str().size()) : label;
    if (own && wanted.size() <= IfName::longest)
        attributes.put_text(IFA_LABEL, wanted);
}

void rename_rule_device(Attributes& attributes, std::uint16_t type, const IfName& from, const IfName& to)
{
    if (attributes.text(type) == from.str())
        attributes.put_text(type, to.str());
}

// The network part of an address.
Bytes network(Bytes bytes, unsigned prefix_length)
{
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const unsigned kept =
            prefix_length > i * 8 ? std::min(8U, prefix_length - static_cast<unsigned>(i) * 8) : 0;
        bytes[i] &= static_cast<std::uint8_t>(0xff00 >> kept);
    }
    return bytes;
}

Entry connected_route(const Entry& address, const Bytes& towards, std::uint8_t prefix_length)
{
    const bool v4 = address.family() == AF_INET;
    Entry route{.table = Table::routes, .device = address.device};
    rtmsg head{};
    head.rtm_family = static_cast<std::uint8_t>(address.family());
    head.rtm_dst_len = prefix_length;
    head.rtm_table = RT_TABLE_MAIN;
    head.rtm_protocol = RTPROT_KERNEL;
    head.rtm_scope = v4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    head.rtm_type = RTN_UNICAST;
    route.set_head(head);
    route.attributes.put(RTA_TABLE, std::uint32_t{RT_TABLE_MAIN});
    if (prefix_length > 0)
        route.attributes.set(RTA_DST, network(towards, prefix_length));
    if (v4 && address.attributes.find(IFA_LOCAL))
        route.attributes.set(RTA_PREFSRC, *address.attributes.find(IFA_LOCAL));
    const auto metric = address.attributes.get<std::uint32_t>(IFA_RT_PRIORITY).value_or(0);
    if (metric != 0 || !v4)
        route.attributes.put(RTA_PRIORITY, metric != 0 ? metric : kernels_ipv6_metric);
    return route;
}

IpAddress address_from(int family, const Bytes& value)
{
    IpAddress address{.family = family};
    std::copy_n(value.begin(), std::min(value.size(), address.bytes.size()), address.bytes.begin());
    return address;
}

} // namespace

Entry normalized(Entry entry)
{
    switch (entry.table) {
    case Table::addresses:
        return normalized_address(std::move(entry));
    case Table::routes:
        return normalized_route(std::move(entry));
    case Table::neighbours:
        return normalized_neighbour(std::move(entry));
    case Table::nexthops:
        return normalized_nexthop(std::move(entry));
    case Table::rules:
        break;
    }
    return entry;
}

bool is_kernels_own(const Entry& entry)
{
    switch (entry.table) {
    case Table::routes: {
        const auto head = entry.head<rtmsg>();
        return (head.rtm_flags & RTM_F_CLONED)
            || (head.rtm_protocol == RTPROT_KERNEL && route_table(entry) == RT_TABLE_LOCAL);
    }
    case Table::neighbours:
        return !is_permanent(entry);
    case Table::addresses:
    case Table::rules:
    case Table::nexthops:
        break;
    }
    return false;
}

std::vector<Entry> connected_routes(const Entry& address)
{
    const auto* const local = address.attributes.find(IFA_LOCAL);
    const auto* const towards = address.attributes.find(IFA_ADDRESS);
    const auto prefix_length = address.head<ifaddrmsg>().ifa_prefixlen;
    if (!towards || (address_flags(address) & IFA_F_NOPREFIXROUTE))
        return {};
    const bool has_peer = local && *local != *towards;
    if (address.family() == AF_INET) {
        if (prefix_length == 32 && !has_peer)
            return {};
        return {connected_route(address, *towards, prefix_length)};
    }
    std::vector<Entry> routes{connected_route(address, has_peer ? *local : *towards, prefix_length)};
    if (has_peer)
        routes.push_back(connected_route(address, *towards, 128));
    return routes;
}

bool same_identity(const Entry& one, const Entry& other)
{
    if (one.table != other.table || one.family() != other.family() || one.device != other.device)
        return false;
    switch (one.table) {
    case Table::addresses:
        return same_address(one, other);
    case Table::routes:
        return same_route(one, other);
    case Table::neighbours:
        return same_neighbour(one, other);
    case Table::rules:
        return one == other;
    case Table::nexthops:
        return same_attribute(one, other, NHA_ID);
    }
    return false;
}

Entry renamed(Entry entry, const IfName& from, const IfName& to)
{
    if (entry.device == from)
        entry.device = to;
    for (auto& hop : entry.hops)
        if (hop.device == from)
            hop.device = to;
    if (entry.table == Table::addresses)
        rename_label(entry.attributes, from, to);
    if (entry.table == Table::rules) {
        rename_rule_device(entry.attributes, FRA_IIFNAME, from, to);
        rename_rule_device(entry.attributes, FRA_OIFNAME, from, to);
    }
    return entry;
}

bool is_permanent(const Entry& neighbour)
{
    const auto head = neighbour.head<ndmsg>();
    return (head.ndm_state & NUD_PERMANENT) || (head.ndm_flags & NTF_PROXY);
}

bool is_learned(const Entry& neighbour)
{
    constexpr auto known = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE;
    return (neighbour.head<ndmsg>().ndm_state & known) && neighbour.attributes.find(NDA_LLADDR);
}

bool has_gateway(const Entry& route)
{
    return route.attributes.find(RTA_GATEWAY) || route.attributes.find(RTA_VIA) || !route.hops.empty()
        || has_nexthop_object(route);
}

bool has_nexthop_object(const Entry& route)
{
    return route.attributes.find(RTA_NH_ID) != nullptr;
}

std::optional<IpAddress> gateway_of(const Entry& route)
{
    const auto* const value = route.attributes.find(RTA_GATEWAY);
    return value ? std::optional(address_from(route.family(), *value)) : std::nullopt;
}

IpAddress local_address(const Entry& address)
{
    const auto* value = address.attributes.find(IFA_LOCAL);
    if (!value)
        value = address.attributes.find(IFA_ADDRESS);
    return value ? address_from(address.family(), *value) : IpAddress{.family = address.family()};
}

} // namespace net
