#include "entries.h"

#include "base/text.h"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <stdexcept>

namespace test {

using net::Bytes;
using net::Entry;
using net::Table;

namespace {

struct Prefix {
    std::uint8_t family;
    Bytes address;
    std::uint8_t length;
};

Prefix prefix_of(const std::string& text)
{
    const auto parts = base::split(text, '/');
    const auto address = bytes_of(parts.front());
    const bool v4 = address.size() == 4;
    const auto whole = static_cast<std::uint8_t>(address.size() * 8);
    return {static_cast<std::uint8_t>(v4 ? AF_INET : AF_INET6), address,
        parts.size() > 1 ? static_cast<std::uint8_t>(std::stoi(parts[1])) : whole};
}

Prefix destination_of(const std::string& text)
{
    if (text == "default")
        return {AF_INET, {}, 0};
    if (text == "default6")
        return {AF_INET6, {}, 0};
    return prefix_of(text);
}

void put_nested_mtu(net::Attributes& attributes, std::uint32_t mtu)
{
    net::Attributes metrics;
    metrics.put(RTAX_MTU, mtu);
    attributes.set(RTA_METRICS, metrics.serialize());
}

void put_number(net::Attributes& attributes, std::uint16_t type, std::uint32_t value)
{
    if (value != 0)
        attributes.put(type, value);
}

} // namespace

Bytes bytes_of(const std::string& ip_address)
{
    const auto parsed = net::IpAddress::parse(ip_address);
    if (!parsed)
        throw std::invalid_argument(ip_address);
    return {parsed->bytes.begin(), parsed->bytes.begin() + (parsed->family == AF_INET ? 4 : 16)};
}

net::IfName name(const std::string& text)
{
    return net::IfName::parse(text);
}

Entry address(const std::string& text, const AddressWords& words)
{
    const auto prefix = prefix_of(text);
    const bool v4 = prefix.family == AF_INET;
    Entry entry{.table = Table::addresses, .device = name(words.dev)};
    entry.set_head(ifaddrmsg{.ifa_family = prefix.family,
        .ifa_prefixlen = prefix.length,
        .ifa_flags = static_cast<std::uint8_t>(words.flags),
        .ifa_scope = words.scope,
        .ifa_index = 0});
    auto& attributes = entry.attributes;
    attributes.set(IFA_ADDRESS, words.peer.empty() ? prefix.address : bytes_of(words.peer));
    if (v4 || !words.peer.empty())
        attributes.set(IFA_LOCAL, prefix.address);
    if (!words.broadcast.empty())
        attributes.set(IFA_BROADCAST, bytes_of(words.broadcast));
    if (v4)
        attributes.put_text(IFA_LABEL, words.label.empty() ? words.dev : words.label);
    put_number(attributes, IFA_RT_PRIORITY, words.metric);
    attributes.put(IFA_FLAGS, words.flags);
    attributes.put(IFA_CACHEINFO,
        ifa_cacheinfo{.ifa_prefered = words.preferred_lifetime, .ifa_valid = words.valid_lifetime});
    return entry;
}

Entry route(const std::string& to, const RouteWords& words)
{
    const auto destination = destination_of(to);
    const bool v4 = destination.family == AF_INET;
    const bool link_scope = v4 && words.via.empty() && words.hops.empty() && words.nexthop == 0;
    Entry entry{.table = Table::routes};
    entry.set_head(rtmsg{.rtm_family = destination.family,
        .rtm_dst_len = destination.length,
        .rtm_table = static_cast<std::uint8_t>(words.table < 256 ? words.table : 252),
        .rtm_protocol = words.protocol,
        .rtm_scope = static_cast<std::uint8_t>(link_scope ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE),
        .rtm_type = words.type,
        .rtm_flags = words.onlink ? unsigned{RTNH_F_ONLINK} : 0});
    if (!words.dev.empty())
        entry.device = name(words.dev);
    auto& attributes = entry.attributes;
    attributes.put(RTA_TABLE, words.table);
    if (!destination.address.empty())
        attributes.set(RTA_DST, destination.address);
    if (!words.src.empty())
        attributes.set(RTA_PREFSRC, bytes_of(words.src));
    put_number(attributes, RTA_PRIORITY, words.metric == 0 && !v4 ? 1024 : words.metric);
    put_number(attributes, RTA_NH_ID, words.nexthop);
    if (words.mtu != 0)
        put_nested_mtu(attributes, words.mtu);
    if (!words.via.empty())
        attributes.set(RTA_GATEWAY, bytes_of(words.via));
    entry.hops = words.hops;
    return entry;
}

net::Hop hop(const std::string& dev, const std::string& via, unsigned weight)
{
    net::Hop result{.device = name(dev), .weight = static_cast<std::uint8_t>(weight - 1)};
    result.attributes.set(RTA_GATEWAY, bytes_of(via));
    return result;
}

Entry neighbour(const std::string& ip, const std::string& mac, const std::string& dev)
{
    const auto to = prefix_of(ip);
    Entry entry{.table = Table::neighbours, .device = name(dev)};
    entry.set_head(ndmsg{.ndm_family = to.family, .ndm_state = NUD_PERMANENT});
    entry.attributes.set(NDA_DST, to.address);
    entry.attributes.set(NDA_LLADDR, net::Mac::parse(mac).bytes);
    return entry;
}

Entry proxy(const std::string& ip, const std::string& dev)
{
    const auto to = prefix_of(ip);
    Entry entry{.table = Table::neighbours, .device = name(dev)};
    entry.set_head(ndmsg{.ndm_family = to.family, .ndm_state = 0, .ndm_flags = NTF_PROXY});
    entry.attributes.set(NDA_DST, to.address);
    return entry;
}

Entry rule_for_input_from(const std::string& dev, std::uint32_t table, std::uint32_t priority)
{
    Entry entry{.table = Table::rules};
    entry.set_head(fib_rule_hdr{.family = AF_INET,
        .table = static_cast<std::uint8_t>(table < 256 ? table : 0),
        .action = FR_ACT_TO_TBL});
    entry.attributes.put(FRA_TABLE, table);
    entry.attributes.put(FRA_PRIORITY, priority);
    entry.attributes.put_text(FRA_IIFNAME, dev);
    return entry;
}

Entry nexthop(std::uint32_t id, const std::string& via, const std::string& dev)
{
    const auto gateway = bytes_of(via);
    Entry entry{.table = Table::nexthops, .device = name(dev)};
    entry.set_head(nhmsg{.nh_family = static_cast<std::uint8_t>(gateway.size() == 4 ? AF_INET : AF_INET6),
        .nh_protocol = RTPROT_STATIC});
    entry.attributes.put(NHA_ID, id);
    entry.attributes.set(NHA_GATEWAY, gateway);
    return entry;
}

} // namespace test
