// Changing the kernel: one function for each kind of step.
#include "base/error.h"
#include "base/file.h"
#include "base/unique_fd.h"
#include "netlink/advertised.h"
#include "netlink/bridge_port.h"
#include "netlink/codec.h"
#include "netlink/kernel.h"
#include "netlink/tc.h"
#include "netlink/virtual_links.h"
#include "netlink/vlan_table.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace netlink {

namespace {

using net::Entry;
using net::IfName;
using net::Table;

constexpr std::uint16_t create_new = NLM_F_CREATE | NLM_F_EXCL;

std::uint16_t add_type(Table table)
{
    switch (table) {
    case Table::addresses:
        return RTM_NEWADDR;
    case Table::routes:
        return RTM_NEWROUTE;
    case Table::neighbours:
        return RTM_NEWNEIGH;
    case Table::rules:
        return RTM_NEWRULE;
    case Table::nexthops:
        return RTM_NEWNEXTHOP;
    }
    return 0;
}

std::uint16_t remove_type(Table table)
{
    return static_cast<std::uint16_t>(add_type(table) + 1); // RTM_NEWx, RTM_DELx: linux/rtnetlink.h
}

// A route is appended, so that it can stand beside one of the same destination on another device
// until that one goes: there is no moment without a route.
std::uint16_t add_flags(Table table)
{
    if (table == Table::routes)
        return NLM_F_CREATE | NLM_F_APPEND;
    return table == Table::neighbours ? NLM_F_CREATE | NLM_F_REPLACE : create_new;
}

// What the kernel says when there is nothing to remove.
bool means_gone(int code)
{
    return code == ENOENT || code == ESRCH || code == ENODEV || code == ENXIO || code == EADDRNOTAVAIL;
}

// What the kernel says of a route whose gateway or source address it does not know.
bool means_impossible(int code)
{
    return code == ENETUNREACH || code == EHOSTUNREACH || code == EINVAL;
}

bool is_local_route_to(const Entry& route, const net::IpAddress& address)
{
    const auto* const to = route.attributes.find(RTA_DST);
    return route.head<rtmsg>().rtm_type == RTN_LOCAL && to && to->size() == address.bytes.size()
        && std::equal(to->begin(), to->end(), address.bytes.begin());
}

// To remove a nexthop object, Linux takes its number and nothing else.
Entry request_to_remove(const Entry& entry)
{
    const auto* const id = entry.table == Table::nexthops ? entry.attributes.find(NHA_ID) : nullptr;
    if (!id)
        return entry.advertised ? request_to_remove_advertised(entry) : entry;
    Entry request{.table = Table::nexthops};
    request.set_head(nhmsg{.nh_family = static_cast<unsigned char>(entry.family())});
    request.attributes.set(NHA_ID, *id);
    return request;
}

std::string described(const Entry& entry)
{
    return object_name(entry) + " " + to_string(entry);
}

void put_bridge_settings(Message& message, const net::LinkSettings& settings)
{
    const Nested info(message, IFLA_LINKINFO);
    message.put(IFLA_INFO_KIND, "bridge");
    const Nested data(message, IFLA_INFO_DATA);
    if (settings.vlan_filtering)
        message.put(IFLA_BR_VLAN_FILTERING, std::uint8_t{*settings.vlan_filtering});
    if (settings.multicast_snooping)
        message.put(IFLA_BR_MCAST_SNOOPING, std::uint8_t{*settings.multicast_snooping});
}

void put_settings(Message& message, const net::LinkSettings& settings)
{
    if (settings.mac)
        message.put(IFLA_ADDRESS, std::span<const std::uint8_t>(settings.mac->bytes));
    if (settings.mtu)
        message.put(IFLA_MTU, *settings.mtu);
    if (settings.tx_queue_length)
        message.put(IFLA_TXQLEN, *settings.tx_queue_length);
    if (settings.group)
        message.put(IFLA_GROUP, *settings.group);
    if (settings.alias)
        message.put(IFLA_IFALIAS, *settings.alias);
    if (settings.vlan_filtering || settings.multicast_snooping)
        put_bridge_settings(message, settings);
}

} // namespace

struct Kernel::Apply {
    Kernel& kernel;

    void operator()(const net::CreateBridge& s) const
    {
        // The kernel pins an MTU when it is changed, not when a bridge is created with it.
        const unsigned other_mtu = s.mtu < 65535 ? s.mtu + 1 : s.mtu - 1;
        Message message(RTM_NEWLINK, create_new);
        message.add_header(ifinfomsg{.ifi_family = AF_UNSPEC});
        message.put(IFLA_IFNAME, s.name.str());
        message.put(IFLA_ADDRESS, std::span<const std::uint8_t>(s.mac.bytes));
        message.put(IFLA_MTU, other_mtu);
        {
            const Nested info(message, IFLA_LINKINFO);
            message.put(IFLA_INFO_KIND, "bridge");
            const Nested data(message, IFLA_INFO_DATA);
            message.put(IFLA_BR_FORWARD_DELAY, std::uint32_t{0});
            message.put(IFLA_BR_STP_STATE, std::uint32_t{0});
        }
        kernel.socket_.change(message, "creating the bridge " + s.name.str());
        (*this)(net::ChangeLink{s.name, {.mtu = s.mtu}, {}});
    }

    void operator()(const net::CreateVethPair& s) const
    {
        Message message(RTM_NEWLINK, create_new);
        message.add_header(ifinfomsg{.ifi_family = AF_UNSPEC});
        message.put(IFLA_IFNAME, s.name.str());
        {
            const Nested info(message, IFLA_LINKINFO);
            message.put(IFLA_INFO_KIND, "veth");
            const Nested data(message, IFLA_INFO_DATA);
            const Nested peer(message, VETH_INFO_PEER);
            message.add_header(ifinfomsg{.ifi_family = AF_UNSPEC});
            message.put(IFLA_IFNAME, s.peer.str());
        }
        kernel.socket_.change(message, "creating the veth pair " + s.name.str());
    }

    void operator()(const net::CreateTap& s) const { create_tap(s); }

    void operator()(const net::CreateVxlan& s) const
    {
        Message message = vxlan_message(s, kernel.index_of(s.device));
        kernel.socket_.change(message, "creating the vxlan port " + s.name.str());
    }

    void operator()(const net::DeleteLink& s) const
    {
        Message message(RTM_DELLINK, 0);
        message.add_header(ifinfomsg{.ifi_family = AF_UNSPEC});
        message.put(IFLA_IFNAME, s.name.str());
        unless_gone([&] { kernel.socket_.change(message, "deleting " + s.name.str()); });
        kernel.forget_names();
    }

    void operator()(const net::ChangeLink& s) const
    {
        // In a message of its own, and first: the kernel would look at it only after the link is up.
        if (s.to.addr_gen_mode)
            set_addr_gen_mode(s.link, *s.to.addr_gen_mode);
        net::LinkSettings rest = s.to;
        rest.addr_gen_mode.reset();
        if (rest == net::LinkSettings{})
            return;
        Message message = change_of(s.link, rest.up);
        put_settings(message, rest);
        if (rest.master)
            message.put(
                IFLA_MASTER, static_cast<std::uint32_t>(*rest.master ? kernel.index_of(**rest.master) : 0));
        const net::Step step = s;
        kernel.socket_.change(message, to_string(step));
    }

    void operator()(const net::RenameLink& s) const
    {
        if (!kernel.find_link(s.from) && kernel.find_link(s.to))
            return; // it has that name already
        Message message(RTM_NEWLINK, 0);
        message.add_header(ifinfomsg{.ifi_family = AF_UNSPEC, .ifi_index = kernel.index_of(s.from)});
        message.put(IFLA_IFNAME, s.to.str());
        const auto doing = "renaming " + s.from.str() + " to " + s.to.str();
        try {
            kernel.socket_.change(message, doing);
        } catch (const base::SystemError& error) {
            if (error.code != EBUSY)
                throw;
            throw base::SystemError(EBUSY, doing,
                "Linux before 6.2 renames no interface that is up; for network-bridge, name the bridge "
                "otherwise");
        }
        kernel.forget_names();
    }

    void operator()(const net::HoldBridge& s) const
    {
        const auto now = kernel.link(s.bridge);
        net::LinkSettings wanted;
        if (s.mac && now.mac != *s.mac)
            wanted.mac = s.mac;
        if (now.mtu != s.mtu)
            wanted.mtu = s.mtu;
        (*this)(net::ChangeLink{s.bridge, wanted, {}});
    }

    void operator()(const net::AddEntry& s) const
    {
        if (s.entry.advertised && s.entry.device)
            return add_advertised(s.entry, kernel.index_of(*s.entry.device));
        Message message(add_type(s.entry.table), add_flags(s.entry.table));
        encode(message, s.entry);
        try {
            kernel.socket_.change(message, "adding " + described(s.entry));
        } catch (const base::SystemError& error) {
            if (error.code != EEXIST && !(s.if_possible && means_impossible(error.code)))
                throw;
        }
    }

    void operator()(const net::RemoveEntry& s) const
    {
        Message message(remove_type(s.entry.table), 0);
        unless_gone([&] {
            encode(message, request_to_remove(s.entry));
            kernel.socket_.change(message, "removing " + described(s.entry));
        });
    }

    void operator()(const net::ReplaceEntry& s) const
    {
        Message message(add_type(s.to.table), NLM_F_REPLACE);
        encode(message, s.to);
        kernel.socket_.change(message, "replacing " + described(s.to));
    }

    void operator()(const net::SetSysctl& s) const { base::write_file(sysctl_path(s.device, s.key), s.to); }

    void operator()(const net::JoinGroup& s) const
    {
        change_group(SIOCADDMULTI, s.device, s.group, "joining");
    }

    void operator()(const net::LeaveGroup& s) const
    {
        unless_gone([&] { change_group(SIOCDELMULTI, s.device, s.group, "leaving"); });
    }

    void operator()(const net::AwaitRunning& s) const
    {
        const auto deadline = std::chrono::steady_clock::now() + s.patience;
        RouteSocket events(RouteSocket::Listen::to_links);
        while (!kernel.link(s.link).running && events.next_event(deadline, [](const nlmsghdr*) {})) { }
    }
    void operator()(const net::SolicitRouters& s) const { solicit_routers(s.device); }
    void operator()(const net::InstallFilter& s) const { kernel.known_filters().install(s.to); }

    void operator()(const net::CreateIfb& s) const
    {
        create_ifb(kernel.socket_, s.name);
        kernel.forget_names();
    }
    void operator()(const net::LimitSending& s) const
    {
        unless_gone([&] { limit_sending(kernel.socket_, s.device, kernel.index_of(s.device), s.to); });
    }
    void operator()(const net::RedirectArrivals& s) const
    {
        unless_gone([&] {
            const int target = s.to ? kernel.index_of(*s.to) : 0;
            redirect_arrivals(kernel.socket_, s.device, kernel.index_of(s.device), target);
        });
    }
    void operator()(const net::ChangePort& s) const
    {
        change_port(kernel.socket_, s.port, kernel.index_of(s.port), s.to, s.from);
    }

    void operator()(const net::SetVlans& s) const
    {
        change_vlans(kernel.socket_, s.port, kernel.index_of(s.port), s.to, s.from);
    }
    void operator()(const net::PutTable& s) const
    {
        NftBatch batch;
        batch.add(s.to);
        NftSocket().commit(std::move(batch), "putting the nftables table " + s.to.name + " in place");
    }
    void operator()(const net::RemoveTable& s) const
    {
        NftBatch batch;
        batch.remove(s.from);
        NftSocket().commit(std::move(batch), "removing the nftables table " + s.from.name);
    }

    void operator()(const net::RemoveFilter& s) const { kernel.known_filters().remove(s.owner); }

    void operator()(const net::AwaitAddresses& s) const
    {
        const auto deadline = std::chrono::steady_clock::now() + s.patience;
        RouteSocket events(RouteSocket::Listen::to_ipv6_routes);
        while (!all_are_local(s) && events.next_event(deadline, [](const nlmsghdr*) {})) { }
    }

private:
    bool all_are_local(const net::AwaitAddresses& s) const
    {
        std::vector<Entry> routes;
        kernel.append_routes(routes, AF_INET6, kernel.index_of(s.device));
        return std::ranges::all_of(s.addresses, [&](const net::IpAddress& address) {
            return std::ranges::any_of(
                routes, [&](const Entry& route) { return is_local_route_to(route, address); });
        });
    }

    template <class Change> static void unless_gone(Change change)
    {
        try {
            change();
        } catch (const base::SystemError& error) {
            if (!means_gone(error.code))
                throw;
        }
    }

    Message change_of(const IfName& link, std::optional<bool> up) const
    {
        Message message(RTM_NEWLINK, 0);
        message.add_header(ifinfomsg{.ifi_family = AF_UNSPEC,
            .ifi_index = kernel.index_of(link),
            .ifi_flags = up.value_or(false) ? unsigned{IFF_UP} : 0,
            .ifi_change = up ? unsigned{IFF_UP} : 0});
        return message;
    }

    void set_addr_gen_mode(const IfName& link, net::AddrGenMode mode) const
    {
        Message message = change_of(link, std::nullopt);
        {
            const Nested families(message, IFLA_AF_SPEC);
            const Nested ipv6(message, AF_INET6);
            message.put(IFLA_INET6_ADDR_GEN_MODE, static_cast<std::uint8_t>(mode));
        }
        kernel.socket_.change(message, "setting addrgenmode " + net::to_string(mode) + " on " + link.str());
    }

    void encode(Message& message, const Entry& entry) const
    {
        encode_entry(message, entry, [&](const IfName& name) { return kernel.index_of(name); });
    }

    static void change_group(
        unsigned long request, const IfName& device, const net::Mac& group, const char* doing)
    {
        const base::UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        ifreq ask{};
        std::copy(device.str().begin(), device.str().end(), ask.ifr_name);
        std::copy(group.bytes.begin(), group.bytes.end(), ask.ifr_hwaddr.sa_data);
        if (!fd || ::ioctl(fd.get(), request, &ask) != 0)
            throw base::SystemError(errno,
                std::string(doing) + " the multicast group " + to_string(group) + " on " + device.str());
    }
};

void Kernel::restore_filters()
{
    known_filters().restore();
}

void Kernel::apply(const net::Step& step)
{
    std::visit(Apply{*this}, step);
}

} // namespace netlink
