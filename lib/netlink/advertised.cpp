#include "netlink/advertised.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/unique_fd.h"

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
// The kernel's headers leave out what the C library's have said.
#include <linux/icmpv6.h>
#include <linux/ipv6_route.h>
#include <linux/route.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>

namespace netlink {

namespace {

using net::Entry;

constexpr std::uint32_t advertised_flags = RTF_ADDRCONF | RTF_DEFAULT;
constexpr std::uint32_t user_hz = 100;
constexpr std::uint8_t router_solicitation = 133;
constexpr std::size_t words_of_a_route = 10; // of /proc/net/ipv6_route (net/ipv6/route.c)

bool is_lasting_default(const Entry& route)
{
    const auto info = route.attributes.get<rta_cacheinfo>(RTA_CACHEINFO);
    return route.family() == AF_INET6 && route.head<rtmsg>().rtm_dst_len == 0 && info && info->rta_expires > 0
        && route.attributes.find(RTA_GATEWAY);
}

std::string hex(const net::Bytes& bytes)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes)
        text += {digits[byte >> 4], digits[byte & 15]};
    return text;
}

std::uint32_t metric_of(const Entry& route)
{
    return route.attributes.get<std::uint32_t>(RTA_PRIORITY).value_or(0);
}

// Destination, its length, source, its length, gateway, metric, references, uses, flags, device.
bool is_told_as_advertised(const std::vector<std::string>& words, const Entry& route)
{
    return words.size() == words_of_a_route && words[1] == "00"
        && words[4] == hex(*route.attributes.find(RTA_GATEWAY))
        && std::stoul(words[5], nullptr, 16) == metric_of(route)
        && (std::stoul(words[8], nullptr, 16) & advertised_flags) == advertised_flags && route.device
        && words[9] == route.device->str();
}

// The preference's two bits stand in the flags too (RFC 4191).
std::uint32_t preference_of(const Entry& route)
{
    return RTF_PREF(route.attributes.get<std::uint8_t>(RTA_PREF).value_or(0) & 3U);
}

in6_rtmsg as_old_request(const Entry& route, int device_index)
{
    const auto* const gateway = route.attributes.find(RTA_GATEWAY);
    const bool is_kernels = route.head<rtmsg>().rtm_protocol == RTPROT_RA;
    in6_rtmsg request{};
    if (gateway && gateway->size() == sizeof request.rtmsg_gateway)
        std::ranges::copy(*gateway, reinterpret_cast<std::uint8_t*>(&request.rtmsg_gateway));
    request.rtmsg_metric = metric_of(route) + (is_kernels ? 1 : 0);
    request.rtmsg_info =
        static_cast<unsigned long>(user_hz) * route.attributes.get<std::uint32_t>(RTA_EXPIRES).value_or(0);
    request.rtmsg_flags = RTF_UP | RTF_GATEWAY | RTF_EXPIRES | advertised_flags | preference_of(route);
    request.rtmsg_ifindex = device_index;
    return request;
}

} // namespace

void mark_advertised(std::vector<Entry>& routes)
{
    if (std::ranges::none_of(routes, is_lasting_default))
        return;
    for (const auto& line : base::split(base::read_file("/proc/net/ipv6_route").value_or(""), '\n')) {
        const auto words = base::words(line);
        for (auto& route : routes)
            if (is_lasting_default(route) && is_told_as_advertised(words, route))
                route.advertised = true;
    }
}

void add_advertised(const Entry& route, int device_index)
{
    auto request = as_old_request(route, device_index);
    const base::UniqueFd fd(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd || (::ioctl(fd.get(), SIOCADDRT, &request) != 0 && errno != EEXIST))
        throw base::SystemError(errno, "adding " + object_name(route) + " " + to_string(route));
}

Entry request_to_remove_advertised(Entry route)
{
    auto head = route.head<rtmsg>();
    head.rtm_protocol = RTPROT_UNSPEC;
    route.set_head(head);
    for (const std::uint16_t ours : {RTA_PRIORITY, RTA_PREF, RTA_EXPIRES, RTA_METRICS})
        route.attributes.erase(ours);
    return route;
}

void solicit_routers(const net::IfName& device)
{
    const base::UniqueFd fd(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6));
    constexpr int hops = 255;
    const auto& name = device.str();
    if (!fd
        || ::setsockopt(
               fd.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(), static_cast<socklen_t>(name.size()))
            != 0
        || ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops) != 0)
        return;
    icmp6hdr solicitation{};
    solicitation.icmp6_type = router_solicitation;
    sockaddr_in6 all_routers{};
    all_routers.sin6_family = AF_INET6;
    auto* const address = reinterpret_cast<std::uint8_t*>(&all_routers.sin6_addr);
    address[0] = 0xff;
    address[1] = address[15] = 2; // ff02::2
    static_cast<void>(::sendto(fd.get(), &solicitation, sizeof solicitation, MSG_DONTWAIT,
        reinterpret_cast<const sockaddr*>(&all_routers), sizeof all_routers));
}

} // namespace netlink
