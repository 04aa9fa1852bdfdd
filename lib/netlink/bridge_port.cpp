#include "netlink/bridge_port.h"

#include "base/error.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

namespace netlink {

namespace {

Message port_request(int index, const net::PortSettings& settings)
{
    Message message(RTM_SETLINK, 0);
    message.add_header(ifinfomsg{.ifi_family = PF_BRIDGE, .ifi_index = index});
    const Nested port(message, IFLA_PROTINFO);
    const auto put = [&](std::uint16_t type, bool on) { message.put(type, static_cast<std::uint8_t>(on)); };
    put(IFLA_BRPORT_LEARNING, settings.learning);
    put(IFLA_BRPORT_LOCKED, settings.locked);
    put(IFLA_BRPORT_GUARD, settings.guarded);
    put(IFLA_BRPORT_PROTECT, settings.guarded);
    put(IFLA_BRPORT_ISOLATED, settings.isolated);
    return message;
}

Message station_request(std::uint16_t type, std::uint16_t flags, int index, const net::Mac& mac)
{
    Message message(type, flags);
    message.add_header(ndmsg{.ndm_family = PF_BRIDGE,
        .ndm_ifindex = index,
        .ndm_state = NUD_NOARP,
        .ndm_flags = NTF_MASTER | NTF_STICKY});
    message.put(NDA_LLADDR, std::span<const std::uint8_t>(mac.bytes));
    return message;
}

} // namespace

void change_port(RouteSocket& socket, const net::IfName& port, int index, const net::PortSettings& to,
    const net::PortSettings& from)
{
    auto settings = port_request(index, to);
    socket.change(settings, "changing what the bridge does with " + port.str());
    if (from.station && from.station != to.station) {
        auto removal = station_request(RTM_DELNEIGH, 0, index, *from.station);
        try {
            socket.change(removal, "taking " + to_string(*from.station) + " off " + port.str());
        } catch (const base::SystemError& error) {
            if (error.code != ENOENT) // it left with the port
                throw;
        }
    }
    if (to.station) {
        auto addition = station_request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, index, *to.station);
        socket.change(addition, "pinning " + to_string(*to.station) + " to " + port.str());
    }
}

} // namespace netlink
