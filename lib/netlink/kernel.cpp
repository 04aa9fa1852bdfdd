// Looking at the kernel. What changes it is in kernel_apply.cpp.
#include "netlink/kernel.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "netlink/advertised.h"
#include "netlink/codec.h"
#include "netlink/link_name.h"
#include "netlink/nft/socket.h"
#include "netlink/tc.h"
#include "netlink/vlan_table.h"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netfilter.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace netlink {

namespace {

using net::Entry;
using net::IfName;
using net::Link;
using net::Table;

// linux/if_link.h of older systems lacks it; older kernels ignore it.
constexpr std::uint32_t skip_statistics = 1U << 3;

Message link_request(int index = 0)
{
    Message request(RTM_GETLINK, 0);
    request.add_header(ifinfomsg{.ifi_family = AF_UNSPEC, .ifi_index = index});
    request.put(IFLA_EXT_MASK, skip_statistics);
    return request;
}

bool names(const Entry& entry, const IfName& device)
{
    if (entry.table == Table::rules)
        return entry.attributes.text(FRA_IIFNAME) == device.str()
            || entry.attributes.text(FRA_OIFNAME) == device.str();
    return entry.device == device
        || std::ranges::any_of(entry.hops, [&](const auto& hop) { return hop.device == device; });
}

Message address_request(int index)
{
    Message request(RTM_GETADDR, 0);
    request.add_header(ifaddrmsg{.ifa_family = AF_UNSPEC, .ifa_index = static_cast<std::uint32_t>(index)});
    return request;
}

Message neighbour_request(int index, std::uint8_t flags)
{
    Message request(RTM_GETNEIGH, 0);
    request.add_header(ndmsg{.ndm_family = AF_UNSPEC, .ndm_flags = flags});
    request.put(NDA_IFINDEX, static_cast<std::uint32_t>(index));
    return request;
}

Message route_request(int family, std::uint32_t table)
{
    Message request(RTM_GETROUTE, 0);
    request.add_header(rtmsg{.rtm_family = static_cast<std::uint8_t>(family)});
    if (table != RT_TABLE_UNSPEC)
        request.put(RTA_TABLE, table);
    return request;
}

Message rule_request(int family)
{
    Message request(RTM_GETRULE, 0);
    request.add_header(fib_rule_hdr{.family = static_cast<std::uint8_t>(family)});
    return request;
}

Message nexthop_request(int index)
{
    Message request(RTM_GETNEXTHOP, 0);
    request.add_header(nhmsg{});
    request.put(NHA_OIF, static_cast<std::uint32_t>(index));
    return request;
}

bool is_settable(const std::string& path)
{
    struct stat status { };
    return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IWUSR);
}

void append(std::vector<Entry>& all, std::vector<Entry> more)
{
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// What the kernel says where no route leads on, or one of the kinds unreachable, prohibit and blackhole, or
// where it has no such family.
bool means_no_way(int code)
{
    return code == ENETUNREACH || code == EHOSTUNREACH || code == EACCES || code == EINVAL
        || code == EAFNOSUPPORT || code == EOPNOTSUPP;
}

} // namespace

std::optional<Link> Kernel::find_link(const IfName& name) const
{
    auto link = find_device(name);
    return link && link->name == name ? link : std::nullopt;
}

// By either attribute Linux looks at all names of all links; the first has no room for long ones, the second
// is unknown to kernels that know no alternative names (before 5.5).
std::optional<Link> Kernel::find_device(const net::DeviceName& name) const
{
    std::optional<Link> link;
    auto request = link_request();
    request.put(name.is_alternative() ? IFLA_ALT_IFNAME : IFLA_IFNAME, name.str());
    socket_.ask(
        request, "looking at " + name.str(), [&](const nlmsghdr* answer) { link = decode_link(answer); });
    if (link)
        remember(*link);
    return link;
}

std::optional<Link> Kernel::find_link(int index) const
{
    std::optional<Link> link;
    auto request = link_request(index);
    socket_.ask(request, "looking at the interface of index " + std::to_string(index),
        [&](const nlmsghdr* answer) { link = decode_link(answer); });
    return link;
}

std::optional<Link> Kernel::await_link(const IfName& name, std::chrono::milliseconds patience) const
{
    if (auto link = find_link(name))
        return link;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    RouteSocket events(RouteSocket::Listen::to_links);
    auto link = find_link(name); // it may have come before we listened
    while (!link && events.next_event(deadline, [](const nlmsghdr*) {}))
        link = find_link(name);
    return link;
}

std::vector<Link> Kernel::list_links(Message& request) const
{
    std::vector<Link> links;
    socket_.list(
        request, "listing links", [&] { links.clear(); },
        [&](const nlmsghdr* message) {
            if (auto link = decode_link(message))
                links.push_back(*std::move(link));
        });
    return links;
}

// NET_ADDR_SET of linux/netdevice.h, which netlink does not tell.
bool Kernel::keeps_mac(const IfName& device) const
{
    try {
        return base::read_file("/sys/class/net/" + device.str() + "/addr_assign_type").value_or("") == "3\n";
    } catch (const base::SystemError& error) {
        if (error.code != EINVAL && error.code != ENODEV) // it went while we looked
            throw;
        return false;
    }
}

std::vector<Link> Kernel::links() const
{
    auto request = link_request();
    return list_links(request);
}

std::vector<Link> Kernel::bridges() const
{
    auto request = link_request();
    {
        const Nested info(request, IFLA_LINKINFO);
        request.put(IFLA_INFO_KIND, "bridge");
    }
    auto links = list_links(request);
    std::erase_if(links, [](const Link& link) { return !link.is_bridge(); });
    return links;
}

std::vector<Link> Kernel::ports(const Link& bridge) const
{
    auto request = link_request();
    request.put(IFLA_MASTER, static_cast<std::uint32_t>(bridge.index));
    auto links = list_links(request);
    std::erase_if(links, [&](const Link& link) { return link.master != bridge.index; });
    return links;
}

std::vector<Entry> Kernel::list_entries(Table table, Message& request) const
{
    std::vector<Entry> entries;
    socket_.list(
        request, "listing " + net::object_name({.table = table}) + " entries", [&] { entries.clear(); },
        [&](const nlmsghdr* message) {
            if (auto entry = decode_entry(table, message, [&](int index) { return name_of(index); }))
                entries.push_back(*std::move(entry));
        });
    return entries;
}

void Kernel::append_routes(std::vector<Entry>& routes, int family, int index) const
{
    auto request = route_request(family, RT_TABLE_UNSPEC);
    request.put(RTA_OIF, static_cast<std::uint32_t>(index));
    append(routes, list_entries(Table::routes, request));
}

std::vector<Entry> Kernel::entries(Table table, const IfName& device) const
{
    const int index = index_of(device);
    std::vector<Entry> found;
    const auto list = [&](Message request) { append(found, list_entries(table, request)); };
    switch (table) {
    case Table::addresses:
        list(address_request(index));
        break;
    case Table::routes:
        append_routes(found, AF_INET, index);
        append_routes(found, AF_INET6, index);
        break;
    case Table::neighbours:
        list(neighbour_request(index, 0));
        list(neighbour_request(index, NTF_PROXY));
        break;
    case Table::rules:
        list(rule_request(AF_INET));
        list(rule_request(AF_INET6));
        break;
    case Table::nexthops:
        list(nexthop_request(index));
        break;
    }
    std::erase_if(found, [&](const Entry& entry) { return !names(entry, device); });
    if (table == Table::routes)
        mark_advertised(found);
    return found;
}

std::vector<Entry> Kernel::default_routes() const
{
    std::vector<Entry> found;
    for (const int family : {AF_INET, AF_INET6}) {
        auto request = route_request(family, RT_TABLE_MAIN);
        append(found, list_entries(Table::routes, request));
    }
    std::erase_if(found, [](const Entry& route) {
        const auto head = route.head<rtmsg>();
        return head.rtm_dst_len != 0 || head.rtm_type != RTN_UNICAST
            || route.attributes.get<std::uint32_t>(RTA_TABLE).value_or(head.rtm_table) != RT_TABLE_MAIN;
    });
    return found;
}

net::Way Kernel::find_way(const net::IpAddress& address) const
{
    const bool v4 = address.family == AF_INET;
    Message request(RTM_GETROUTE, 0);
    request.add_header(rtmsg{.rtm_family = static_cast<std::uint8_t>(address.family),
        .rtm_dst_len = static_cast<std::uint8_t>(v4 ? 32 : 128)});
    request.put(RTA_DST, std::span(address.bytes.data(), v4 ? 4 : 16));
    net::Way way;
    const auto remember = [&](const nlmsghdr* message) {
        const auto route = decode_entry(Table::routes, message, [this](int index) { return name_of(index); });
        if (!route)
            return;
        way.device = route->device;
        way.gateway = net::gateway_of(*route);
        way.type = route->head<rtmsg>().rtm_type;
    };
    try {
        socket_.ask(request, "looking for the route to " + to_string(address), remember);
    } catch (const base::SystemError& error) {
        if (!means_no_way(error.code))
            throw;
    }
    return way;
}

net::Sysctls Kernel::sysctls(const IfName& device) const
{
    net::Sysctls found;
    for (const std::string folder : {"ipv4/conf", "ipv6/conf", "ipv4/neigh", "ipv6/neigh"})
        for (const auto& name : base::names_in("/proc/sys/net/" + folder + "/" + device.str())) {
            const auto key = folder + "/" + name;
            if (const auto value = is_settable(sysctl_path(device, key)) ? sysctl(device, key) : std::nullopt)
                found[key] = *value;
        }
    return found;
}

std::optional<std::string> Kernel::sysctl(const IfName& device, const std::string& key) const
{
    try {
        const auto value = base::read_file(sysctl_path(device, key));
        return value ? std::optional<std::string>(base::trim(*value)) : std::nullopt;
    } catch (const base::SystemError&) {
        return std::nullopt; // some have no value until they are set (stable_secret)
    }
}

std::vector<net::Mac> Kernel::joined_groups(const IfName& device) const
{
    // Index, device, users, users that asked for it by hand, address (net/core/dev_addr_lists.c).
    std::vector<net::Mac> groups;
    for (const auto& line : base::split(base::read_file("/proc/net/dev_mcast").value_or(""), '\n')) {
        const auto words = base::words(line);
        if (words.size() != 5 || words[1] != device.str() || words[3] == "0" || words[4].size() != 12)
            continue;
        std::string text = words[4];
        for (std::size_t at = 10; at > 0; at -= 2)
            text.insert(at, 1, ':');
        groups.push_back(net::Mac::parse(text));
    }
    return groups;
}

void Kernel::remember(const Link& link) const
{
    indexes_.insert_or_assign(link.name, link.index);
}

std::optional<net::Rate> Kernel::sending_limit(const IfName& device) const
{
    return read_sending_limit(socket_, index_of(device));
}

net::Vlans Kernel::vlans(const Link& port) const
{
    return read_vlans(socket_, port.index);
}

bool Kernel::drops_bridged(int family) const
{
    const bool ipv4 = family == AF_INET;
    const std::string setting = ipv4 ? "bridge-nf-call-iptables" : "bridge-nf-call-ip6tables";
    if (!base::read_file("/proc/sys/net/bridge/" + setting).value_or("0").starts_with('1'))
        return false;
    return drops_forwarded(family);
}

bool Kernel::drops_forwarded(int family) const
{
    const bool ipv4 = family == AF_INET;
    try {
        return NftSocket().chain_policy(ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6, "filter", "FORWARD") == NF_DROP;
    } catch (const base::SystemError&) { // no nftables, no such chain
        return false;
    }
}

bool Kernel::has_table(net::nft::Family family, const std::string& name) const
{
    return NftSocket().has_table(family, name);
}

int Kernel::index_of(const IfName& name) const
{
    if (const auto known = indexes_.find(name); known != indexes_.end())
        return known->second;
    return link(name).index;
}

std::optional<IfName> Kernel::name_of(int index) const
{
    for (const auto& [name, number] : indexes_)
        if (number == index)
            return name;
    return link_name(index);
}

Filters& Kernel::known_filters() const
{
    if (!filters_)
        throw base::Error("this program has no records of filters");
    return *filters_;
}

std::optional<net::Filter> Kernel::find_filter(const IfName& owner) const
{
    return known_filters().find(owner);
}

std::vector<net::InstalledFilter> Kernel::filters() const
{
    std::vector<net::InstalledFilter> found;
    for (auto& filter : known_filters().all()) {
        auto link = name_of(filter.link);
        found.push_back({std::move(filter), std::move(link)});
    }
    return found;
}

std::vector<net::DropCount> Kernel::drops() const
{
    return known_filters().drops();
}

} // namespace netlink
