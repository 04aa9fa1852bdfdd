// Entries in iproute2's words.
#include "base/text.h"
#include "net/entry.h"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <utility>

namespace net {

namespace {

using Words = std::vector<std::string>;
using Names = std::initializer_list<std::pair<unsigned, const char*>>;

constexpr std::uint32_t forever = 0xffffffff;

std::string name_of(unsigned value, const Names& names)
{
    for (const auto& [number, name] : names)
        if (number == value)
            return name;
    return std::to_string(value);
}

std::string protocol_name(unsigned protocol)
{
    return name_of(protocol,
        {{RTPROT_REDIRECT, "redirect"}, {RTPROT_KERNEL, "kernel"}, {RTPROT_BOOT, "boot"},
            {RTPROT_STATIC, "static"}, {RTPROT_RA, "ra"}, {RTPROT_DHCP, "dhcp"}});
}

std::string scope_name(unsigned scope)
{
    return name_of(scope,
        {{RT_SCOPE_UNIVERSE, "global"}, {RT_SCOPE_SITE, "site"}, {RT_SCOPE_LINK, "link"},
            {RT_SCOPE_HOST, "host"}, {RT_SCOPE_NOWHERE, "nowhere"}});
}

std::string table_name(unsigned table)
{
    return name_of(
        table, {{RT_TABLE_DEFAULT, "default"}, {RT_TABLE_MAIN, "main"}, {RT_TABLE_LOCAL, "local"}});
}

std::string route_type_name(unsigned type)
{
    return name_of(type,
        {{RTN_UNICAST, "unicast"}, {RTN_LOCAL, "local"}, {RTN_BROADCAST, "broadcast"},
            {RTN_ANYCAST, "anycast"}, {RTN_MULTICAST, "multicast"}, {RTN_BLACKHOLE, "blackhole"},
            {RTN_UNREACHABLE, "unreachable"}, {RTN_PROHIBIT, "prohibit"}, {RTN_THROW, "throw"},
            {RTN_NAT, "nat"}});
}

// iproute2 reads a tos as hexadecimal, even without the 0x.
std::string hex_text(std::uint8_t value)
{
    constexpr std::string_view digits = "0123456789abcdef";
    return {'0', 'x', digits[value >> 4], digits[value & 15]};
}

std::string address_text(const Bytes& bytes)
{
    IpAddress address{.family = bytes.size() == 4 ? AF_INET : AF_INET6};
    std::copy_n(bytes.begin(), std::min(bytes.size(), address.bytes.size()), address.bytes.begin());
    return to_string(address);
}

// RTA_VIA: a family, then an address of that family.
std::string via_text(const Bytes& via)
{
    if (via.size() < sizeof(std::uint16_t))
        return "?";
    const Bytes address(via.begin() + sizeof(std::uint16_t), via.end());
    return (address.size() == 4 ? "inet " : "inet6 ") + address_text(address);
}

void say_address(Words& words, const Attributes& attributes, std::uint16_t type, const char* word)
{
    if (const auto* const value = attributes.find(type))
        words.insert(words.end(), {word, address_text(*value)});
}

void say_gateway(Words& words, const Attributes& attributes)
{
    say_address(words, attributes, RTA_GATEWAY, "via");
    if (const auto* const via = attributes.find(RTA_VIA))
        words.insert(words.end(), {"via", via_text(*via)});
}

void say_metrics(Words& words, const Bytes& nested)
{
    static const Names names = {{RTAX_MTU, "mtu"}, {RTAX_WINDOW, "window"}, {RTAX_RTT, "rtt"},
        {RTAX_RTTVAR, "rttvar"}, {RTAX_SSTHRESH, "ssthresh"}, {RTAX_CWND, "cwnd"}, {RTAX_ADVMSS, "advmss"},
        {RTAX_REORDERING, "reordering"}, {RTAX_HOPLIMIT, "hoplimit"}, {RTAX_INITCWND, "initcwnd"},
        {RTAX_FEATURES, "features"}, {RTAX_RTO_MIN, "rto_min"}, {RTAX_INITRWND, "initrwnd"},
        {RTAX_QUICKACK, "quickack"}, {RTAX_FASTOPEN_NO_COOKIE, "fastopen_no_cookie"}};
    const auto metrics = Attributes::parse(nested);
    const auto lock = metrics.get<std::uint32_t>(RTAX_LOCK).value_or(0);
    for (const auto& [type, name] : names)
        if (const auto value = metrics.get<std::uint32_t>(static_cast<std::uint16_t>(type))) {
            words.emplace_back(name);
            if (lock & (1U << type))
                words.emplace_back("lock");
            words.push_back(std::to_string(*value));
        }
    if (metrics.find(RTAX_CC_ALGO))
        words.insert(words.end(), {"congctl", metrics.text(RTAX_CC_ALGO)});
}

void say_hop(Words& words, const Hop& hop)
{
    words.emplace_back("nexthop");
    say_gateway(words, hop.attributes);
    words.insert(words.end(), {"dev", hop.device.str(), "weight", std::to_string(hop.weight + 1)});
    if (hop.flags & RTNH_F_ONLINK)
        words.emplace_back("onlink");
}

void say_number(Words& words, const Attributes& attributes, std::uint16_t type, const char* word)
{
    if (const auto value = attributes.get<std::uint32_t>(type))
        words.insert(words.end(), {word, std::to_string(*value)});
}

void say_route_head(Words& words, const Entry& route)
{
    const auto head = route.head<rtmsg>();
    const auto table = route.attributes.get<std::uint32_t>(RTA_TABLE).value_or(head.rtm_table);
    if (table != RT_TABLE_MAIN)
        words.insert(words.end(), {"table", table_name(table)});
    if (head.rtm_protocol != RTPROT_BOOT)
        words.insert(words.end(), {"proto", protocol_name(head.rtm_protocol)});
    if (route.family() == AF_INET && head.rtm_scope != RT_SCOPE_UNIVERSE)
        words.insert(words.end(), {"scope", scope_name(head.rtm_scope)});
    if (head.rtm_tos != 0)
        words.insert(words.end(), {"tos", hex_text(head.rtm_tos)});
}

std::string route_text(const Entry& route)
{
    const auto head = route.head<rtmsg>();
    Words words;
    if (head.rtm_type != RTN_UNICAST)
        words.push_back(route_type_name(head.rtm_type));
    words.push_back(destination(route));
    say_number(words, route.attributes, RTA_NH_ID, "nhid");
    say_gateway(words, route.attributes);
    if (route.device && !has_nexthop_object(route))
        words.insert(words.end(), {"dev", route.device->str()});
    say_route_head(words, route);
    say_address(words, route.attributes, RTA_PREFSRC, "src");
    say_number(words, route.attributes, RTA_PRIORITY, "metric");
    if (const auto* const metrics = route.attributes.find(RTA_METRICS))
        say_metrics(words, *metrics);
    say_number(words, route.attributes, RTA_EXPIRES, "expires");
    if (const auto preference =
            route.attributes.get<std::uint8_t>(RTA_PREF).value_or(0)) // ICMPv6 router preference
        words.insert(words.end(), {"pref", preference == 1 ? "high" : "low"});
    if (head.rtm_flags & RTNH_F_ONLINK)
        words.emplace_back("onlink");
    for (const auto& hop : route.hops)
        say_hop(words, hop);
    return base::join(words, " ");
}

void say_lifetime(Words& words, const Attributes& attributes)
{
    const auto info = attributes.get<ifa_cacheinfo>(IFA_CACHEINFO);
    if (!info || info->ifa_valid == forever)
        return;
    const auto seconds = [](std::uint32_t value) {
        return value == forever ? "forever" : std::to_string(value);
    };
    words.insert(
        words.end(), {"valid_lft", seconds(info->ifa_valid), "preferred_lft", seconds(info->ifa_prefered)});
}

void say_address_flags(Words& words, std::uint32_t flags)
{
    for (const auto& [flag, name] :
        Names{{IFA_F_NODAD, "nodad"}, {IFA_F_HOMEADDRESS, "home"}, {IFA_F_MANAGETEMPADDR, "mngtmpaddr"},
            {IFA_F_NOPREFIXROUTE, "noprefixroute"}, {IFA_F_MCAUTOJOIN, "autojoin"}})
        if (flags & flag)
            words.emplace_back(name);
}

std::string address_entry_text(const Entry& address)
{
    const auto head = address.head<ifaddrmsg>();
    const auto* const local = address.attributes.find(IFA_LOCAL);
    const auto* const peer = address.attributes.find(IFA_ADDRESS);
    const auto prefix = "/" + std::to_string(head.ifa_prefixlen);
    Words words;
    if (local && peer && *local != *peer)
        words = {to_string(local_address(address)), "peer", address_text(*peer) + prefix};
    else
        words = {to_string(local_address(address)) + prefix};
    say_address(words, address.attributes, IFA_BROADCAST, "brd");
    words.insert(words.end(), {"dev", address.device ? address.device->str() : "?"});
    if (head.ifa_scope != RT_SCOPE_UNIVERSE && head.ifa_family == AF_INET)
        words.insert(words.end(), {"scope", scope_name(head.ifa_scope)});
    if (const auto label = address.attributes.text(IFA_LABEL);
        address.device && label != address.device->str() && !label.empty())
        words.insert(words.end(), {"label", label});
    say_number(words, address.attributes, IFA_RT_PRIORITY, "metric");
    say_lifetime(words, address.attributes);
    say_address_flags(words, address.attributes.get<std::uint32_t>(IFA_FLAGS).value_or(head.ifa_flags));
    return base::join(words, " ");
}

std::string mac_text(const Bytes& bytes)
{
    Mac mac;
    if (bytes.size() != mac.bytes.size())
        return "?";
    std::copy(bytes.begin(), bytes.end(), mac.bytes.begin());
    return to_string(mac);
}

std::string neighbour_text(const Entry& neighbour)
{
    const auto head = neighbour.head<ndmsg>();
    Words words;
    if (head.ndm_flags & NTF_PROXY)
        words.emplace_back("proxy");
    if (const auto* const to = neighbour.attributes.find(NDA_DST))
        words.push_back(address_text(*to));
    if (const auto* const mac = neighbour.attributes.find(NDA_LLADDR))
        words.insert(words.end(), {"lladdr", mac_text(*mac)});
    words.insert(words.end(), {"dev", neighbour.device ? neighbour.device->str() : "?"});
    if (!(head.ndm_flags & NTF_PROXY))
        words.insert(words.end(),
            {"nud",
                name_of(head.ndm_state,
                    {{NUD_PERMANENT, "permanent"}, {NUD_REACHABLE, "reachable"}, {NUD_STALE, "stale"},
                        {NUD_DELAY, "delay"}, {NUD_PROBE, "probe"}, {NUD_NOARP, "noarp"}})});
    return base::join(words, " ");
}

std::string rule_text(const Entry& rule)
{
    const auto head = rule.head<fib_rule_hdr>();
    const auto prefix = [&](std::uint16_t type, unsigned length) {
        const auto* const value = rule.attributes.find(type);
        return value ? address_text(*value) + "/" + std::to_string(length) : std::string("all");
    };
    Words words;
    say_number(words, rule.attributes, FRA_PRIORITY, "priority");
    words.insert(words.end(), {"from", prefix(FRA_SRC, head.src_len)});
    if (head.dst_len != 0)
        words.insert(words.end(), {"to", prefix(FRA_DST, head.dst_len)});
    for (const auto& [type, word] : Names{{FRA_IIFNAME, "iif"}, {FRA_OIFNAME, "oif"}})
        if (rule.attributes.find(static_cast<std::uint16_t>(type)))
            words.insert(words.end(), {word, rule.attributes.text(static_cast<std::uint16_t>(type))});
    if (const auto mark = rule.attributes.get<std::uint32_t>(FRA_FWMARK))
        words.insert(words.end(),
            {"fwmark",
                std::to_string(*mark) + "/"
                    + std::to_string(rule.attributes.get<std::uint32_t>(FRA_FWMASK).value_or(forever))});
    words.insert(words.end(),
        {"table", table_name(rule.attributes.get<std::uint32_t>(FRA_TABLE).value_or(head.table))});
    return base::join(words, " ");
}

std::string nexthop_text(const Entry& nexthop)
{
    Words words;
    say_number(words, nexthop.attributes, NHA_ID, "id");
    say_address(words, nexthop.attributes, NHA_GATEWAY, "via");
    if (nexthop.device)
        words.insert(words.end(), {"dev", nexthop.device->str()});
    return base::join(words, " ");
}

} // namespace

std::string destination(const Entry& route)
{
    const auto length = route.head<rtmsg>().rtm_dst_len;
    const auto* const to = route.attributes.find(RTA_DST);
    if (!to || length == 0)
        return "default";
    const bool host = length == to->size() * 8;
    return address_text(*to) + (host ? "" : "/" + std::to_string(length));
}

std::string to_string(const Entry& entry)
{
    switch (entry.table) {
    case Table::addresses:
        return address_entry_text(entry);
    case Table::routes:
        return route_text(entry);
    case Table::neighbours:
        return neighbour_text(entry);
    case Table::rules:
        return rule_text(entry);
    case Table::nexthops:
        return nexthop_text(entry);
    }
    return {};
}

std::string object_name(const Entry& entry)
{
    const std::string family = entry.family() == AF_INET6 ? "-6 " : "";
    switch (entry.table) {
    case Table::addresses:
        return "address";
    case Table::routes:
        return family + "route";
    case Table::neighbours:
        return "neighbour";
    case Table::rules:
        return family + "rule";
    case Table::nexthops:
        return family + "nexthop";
    }
    return {};
}

} // namespace net
