#include "netlink/vlan_table.h"

#include "base/error.h"

#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace netlink {

namespace {

constexpr std::size_t in_a_message = 256; // of some 16 bytes each

std::uint16_t flags_of(const net::Vlan& vlan)
{
    return static_cast<std::uint16_t>(
        (vlan.pvid ? BRIDGE_VLAN_INFO_PVID : 0) | (vlan.untagged ? BRIDGE_VLAN_INFO_UNTAGGED : 0));
}

void send(RouteSocket& socket, std::uint16_t type, int index, std::span<const net::Vlan> vlans,
    const std::string& doing)
{
    while (!vlans.empty()) {
        const auto part = vlans.first(std::min(vlans.size(), in_a_message));
        Message message(type, 0);
        message.add_header(ifinfomsg{.ifi_family = AF_BRIDGE, .ifi_index = index});
        {
            const Nested list(message, IFLA_AF_SPEC);
            for (const auto& vlan : part)
                message.put_structure(IFLA_BRIDGE_VLAN_INFO, bridge_vlan_info{flags_of(vlan), vlan.id});
        }
        socket.change(message, doing);
        vlans = vlans.subspan(part.size());
    }
}

// One entry of the kernel's answer: a VLAN, or a range of them.
void append(net::Vlans& vlans, const net::Attributes& entry)
{
    const auto info = entry.get<bridge_vlan_info>(BRIDGE_VLANDB_ENTRY_INFO);
    if (!info)
        return;
    const auto last = entry.get<std::uint16_t>(BRIDGE_VLANDB_ENTRY_RANGE).value_or(info->vid);
    for (unsigned id = info->vid; id <= last; ++id)
        vlans.push_back({static_cast<std::uint16_t>(id), (info->flags & BRIDGE_VLAN_INFO_PVID) != 0,
            (info->flags & BRIDGE_VLAN_INFO_UNTAGGED) != 0});
}

} // namespace

void change_vlans(
    RouteSocket& socket, const net::IfName& port, int index, const net::Vlans& to, const net::Vlans& from)
{
    net::Vlans leaving;
    std::ranges::copy_if(from, std::back_inserter(leaving),
        [&](const net::Vlan& vlan) { return std::ranges::find(to, vlan.id, &net::Vlan::id) == to.end(); });
    send(socket, RTM_DELLINK, index, leaving, "taking " + port.str() + " out of VLANs of its bridge");
    send(socket, RTM_SETLINK, index, to,
        "putting " + port.str() + " into VLAN " + to_string(to) + " of its bridge");
}

net::Vlans read_vlans(RouteSocket& socket, int index)
{
    net::Vlans vlans;
    Message request(RTM_GETVLAN, 0);
    request.add_header(br_vlan_msg{.family = AF_BRIDGE, .ifindex = static_cast<std::uint32_t>(index)});
    try {
        socket.list(
            request, "reading the VLANs of a port", [&] { vlans.clear(); },
            [&](const nlmsghdr* message) {
                for (const auto& [type, value] : attributes_of(message, sizeof(br_vlan_msg)).all())
                    if ((type & NLA_TYPE_MASK) == BRIDGE_VLANDB_ENTRY)
                        append(vlans, net::Attributes::parse(value));
            });
    } catch (const base::SystemError& error) {
        // Kernels before 5.6 cannot tell, and one without VLAN filtering has nothing to tell.
        if (error.code != EOPNOTSUPP && error.code != EINVAL)
            throw;
    }
    return vlans;
}

} // namespace netlink
