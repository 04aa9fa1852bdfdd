#include "net/make_entry.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace net {

namespace {

constexpr std::uint32_t infinite = 0xffffffff;
constexpr std::uint8_t link_local_length = 64; // brings the route to all link-local addresses along

std::span<const std::uint8_t> bytes_of(const IpAddress& address)
{
    return {address.bytes.data(), address_bits(address.family) / 8};
}

} // namespace

Entry host_address(const IfName& device, const IpAddress& address)
{
    const bool v4 = address.family == AF_INET;
    const bool local = is_link_local(address);
    Entry entry{.table = Table::addresses, .device = device};
    entry.set_head(ifaddrmsg{.ifa_family = static_cast<std::uint8_t>(address.family),
        .ifa_prefixlen = local ? link_local_length : static_cast<std::uint8_t>(address_bits(address.family)),
        .ifa_scope = local ? std::uint8_t{RT_SCOPE_LINK} : std::uint8_t{RT_SCOPE_UNIVERSE}});
    entry.attributes.set(IFA_ADDRESS, bytes_of(address));
    if (v4) {
        entry.attributes.set(IFA_LOCAL, bytes_of(address));
        entry.attributes.put_text(IFA_LABEL, device.str());
    }
    entry.attributes.put(IFA_CACHEINFO, ifa_cacheinfo{.ifa_prefered = infinite, .ifa_valid = infinite});
    entry.attributes.put(IFA_FLAGS, v4 ? std::uint32_t{0} : std::uint32_t{IFA_F_NODAD});
    return entry;
}

Entry device_route(
    const IfName& device, const IpPrefix& to, std::uint32_t metric, const std::optional<IpAddress>& source)
{
    const bool v4 = to.is_v4();
    Entry entry{.table = Table::routes, .device = device};
    entry.set_head(rtmsg{.rtm_family = static_cast<std::uint8_t>(to.address.family),
        .rtm_dst_len = static_cast<std::uint8_t>(to.length),
        .rtm_table = RT_TABLE_MAIN,
        .rtm_protocol = own_protocol,
        .rtm_scope = v4 ? std::uint8_t{RT_SCOPE_LINK} : std::uint8_t{RT_SCOPE_UNIVERSE},
        .rtm_type = RTN_UNICAST});
    entry.attributes.put(RTA_TABLE, std::uint32_t{RT_TABLE_MAIN});
    if (to.length > 0)
        entry.attributes.set(RTA_DST, bytes_of(first_of(to)));
    entry.attributes.put(RTA_PRIORITY, metric);
    if (source)
        entry.attributes.set(RTA_PREFSRC, bytes_of(*source));
    return entry;
}

Entry proxy_neighbour(const IfName& device, const IpAddress& address)
{
    Entry entry{.table = Table::neighbours, .device = device};
    entry.set_head(ndmsg{.ndm_family = static_cast<std::uint8_t>(address.family), .ndm_flags = NTF_PROXY});
    entry.attributes.set(NDA_DST, bytes_of(address));
    entry.attributes.put(NDA_PROTOCOL, own_protocol);
    return entry;
}

IpAddress neighbour_address(const Entry& neighbour)
{
    IpAddress address{neighbour.family()};
    if (const auto* const bytes = neighbour.attributes.find(NDA_DST))
        std::copy_n(bytes->begin(), std::min(bytes->size(), address.bytes.size()), address.bytes.begin());
    return address;
}

bool is_proxy(const Entry& neighbour)
{
    return neighbour.table == Table::neighbours && (neighbour.head<ndmsg>().ndm_flags & NTF_PROXY);
}

bool is_own_proxy(const Entry& neighbour)
{
    return is_proxy(neighbour) && neighbour.attributes.get<std::uint8_t>(NDA_PROTOCOL) == own_protocol;
}

bool is_link_local(const IpAddress& address)
{
    return address.family == AF_INET6 && address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0) == 0x80;
}

bool is_own_route(const Entry& route)
{
    const auto head = route.head<rtmsg>();
    return route.table == Table::routes && head.rtm_protocol == own_protocol
        && route.attributes.get<std::uint32_t>(RTA_TABLE).value_or(head.rtm_table) == RT_TABLE_MAIN;
}

bool is_main_address(const Entry& address)
{
    constexpr std::uint32_t second_rate =
        IFA_F_SECONDARY | IFA_F_DEPRECATED | IFA_F_TENTATIVE | IFA_F_DADFAILED;
    const auto head = address.head<ifaddrmsg>();
    const auto flags = address.attributes.get<std::uint32_t>(IFA_FLAGS).value_or(head.ifa_flags);
    return head.ifa_scope == RT_SCOPE_UNIVERSE && (flags & second_rate) == 0;
}

bool says_the_same(const Entry& one, const Entry& other)
{
    if (!same_identity(one, other))
        return false;
    if (one.table != Table::routes)
        return true;
    const auto* const left = one.attributes.find(RTA_PREFSRC);
    const auto* const right = other.attributes.find(RTA_PREFSRC);
    const bool same_source = left && right ? *left == *right : left == right;
    return same_source && one.head<rtmsg>().rtm_protocol == other.head<rtmsg>().rtm_protocol;
}

} // namespace net
