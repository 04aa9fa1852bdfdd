#include "netlink/virtual_links.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace netlink {

namespace {

constexpr const char* tun_device = "/dev/net/tun";

std::span<const std::uint8_t> raw(const net::IpAddress& address)
{
    return std::span(address.bytes).first(address.family == AF_INET ? 4 : 16);
}

} // namespace

void create_tap(const net::CreateTap& s)
{
    const auto doing = "creating the tap " + s.name.str();
    const base::UniqueFd fd(::open(tun_device, O_RDWR | O_CLOEXEC));
    if (!fd)
        throw base::SystemError(errno, std::string("opening ") + tun_device);
    ifreq request{};
    std::copy(s.name.str().begin(), s.name.str().end(), request.ifr_name);
    request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    if (::ioctl(fd.get(), TUNSETIFF, &request) != 0 || ::ioctl(fd.get(), TUNSETOWNER, s.uid) != 0
        || ::ioctl(fd.get(), TUNSETPERSIST, 1) != 0)
        throw base::SystemError(errno, doing);
}

Message vxlan_message(const net::CreateVxlan& s, int device_index)
{
    Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    message.add_header(ifinfomsg{.ifi_family = AF_UNSPEC});
    message.put(IFLA_IFNAME, s.name.str());
    const Nested info(message, IFLA_LINKINFO);
    message.put(IFLA_INFO_KIND, "vxlan");
    const Nested data(message, IFLA_INFO_DATA);
    message.put(IFLA_VXLAN_ID, std::uint32_t{s.id});
    message.put(s.group.family == AF_INET ? IFLA_VXLAN_GROUP : IFLA_VXLAN_GROUP6, raw(s.group));
    message.put(IFLA_VXLAN_LINK, static_cast<std::uint32_t>(device_index));
    message.put(IFLA_VXLAN_TTL, s.ttl);
    message.put(IFLA_VXLAN_LEARNING, std::uint8_t{1});
    message.put_structure(IFLA_VXLAN_PORT, htons(s.port));
    return message;
}

} // namespace netlink
