#include "fake_tables.h"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace test {

using net::Attributes;
using net::Bytes;
using net::Entry;
using net::Hop;
using net::IfName;
using net::Table;

namespace {

constexpr std::uint32_t users_ipv6_metric = 1024;

Attributes sorted(const Attributes& attributes)
{
    auto all = attributes.all();
    std::ranges::stable_sort(all, {}, &net::Attribute::type);
    Attributes result;
    for (const auto& [type, value] : all)
        result.set(type, value);
    return result;
}

void add_what_linux_adds(Entry& entry)
{
    auto& attributes = entry.attributes;
    if (entry.table == Table::addresses && entry.family() == AF_INET) {
        if (!attributes.find(IFA_ADDRESS) && attributes.find(IFA_LOCAL))
            attributes.set(IFA_ADDRESS, *attributes.find(IFA_LOCAL));
        if (!attributes.find(IFA_LABEL))
            attributes.put_text(IFA_LABEL, entry.device->str());
    }
    if (entry.table == Table::routes && entry.family() == AF_INET6) {
        if (!attributes.find(RTA_PRIORITY))
            attributes.put(RTA_PRIORITY, users_ipv6_metric);
        if (!attributes.find(RTA_PREF))
            attributes.put(RTA_PREF, std::uint8_t{0});
    }
}

bool covers(const Bytes& net, unsigned length, const Bytes& address)
{
    if (net.size() != address.size())
        return length == 0;
    for (unsigned bit = 0; bit < length; ++bit)
        if (((net[bit / 8] ^ address[bit / 8]) >> (7 - bit % 8)) & 1)
            return false;
    return true;
}

Bytes value(const Entry& entry, std::uint16_t type)
{
    const auto* const found = entry.attributes.find(type);
    return found ? *found : Bytes();
}

unsigned prefix_length(const Entry& address)
{
    return address.head<ifaddrmsg>().ifa_prefixlen;
}

Bytes local(const Entry& address)
{
    return address.attributes.find(IFA_LOCAL) ? value(address, IFA_LOCAL) : value(address, IFA_ADDRESS);
}

bool same_subnet(const Entry& one, const Entry& other)
{
    return one.device == other.device && one.family() == other.family()
        && prefix_length(one) == prefix_length(other)
        && covers(value(one, IFA_ADDRESS), prefix_length(one), value(other, IFA_ADDRESS));
}

bool has_label(const Entry& address, const std::string& wanted)
{
    return wanted.empty() || address.attributes.text(IFA_LABEL) == wanted;
}

// IPv6 lists wider scopes first (ipv6_link_dev_addr() in net/ipv6/addrconf.c).
int ipv6_scope(const Entry& address)
{
    const auto bytes = local(address);
    const bool link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
    return link_local ? 2 : 14;
}

std::uint32_t metric(const Entry& route)
{
    return route.attributes.get<std::uint32_t>(RTA_PRIORITY).value_or(0);
}

// Same but for hops, source, protocol and whatever else a route carries along.
bool same_destination(const Entry& one, const Entry& other)
{
    const auto left = one.head<rtmsg>();
    const auto right = other.head<rtmsg>();
    return one.family() == other.family() && left.rtm_dst_len == right.rtm_dst_len
        && left.rtm_tos == right.rtm_tos && value(one, RTA_TABLE) == value(other, RTA_TABLE)
        && value(one, RTA_DST) == value(other, RTA_DST);
}

std::vector<Hop> hops_of(const Entry& route)
{
    if (!route.hops.empty() || !route.device)
        return route.hops;
    Hop hop{.device = *route.device,
        .flags = static_cast<std::uint8_t>(route.head<rtmsg>().rtm_flags & RTNH_F_ONLINK)};
    for (const std::uint16_t type : {RTA_GATEWAY, RTA_VIA})
        if (const auto* const gateway = route.attributes.find(type))
            hop.attributes.set(type, *gateway);
    return {hop};
}

void set_hops(Entry& route, std::vector<Hop> hops)
{
    route.attributes.erase(RTA_GATEWAY);
    route.device.reset();
    if (hops.size() == 1) {
        route.device = hops.front().device;
        route.attributes.set(RTA_GATEWAY, *hops.front().attributes.find(RTA_GATEWAY));
        hops.clear();
    }
    route.hops = std::move(hops);
    route.attributes = sorted(route.attributes);
}

bool same_hop(const Hop& one, const Hop& other)
{
    return one.device == other.device && one.attributes == other.attributes;
}

// fib_table_delete() in net/ipv4/fib_trie.c: what the request leaves out matches anything.
bool is_meant(const Entry& request, const Entry& route)
{
    const auto asked = request.head<rtmsg>();
    const auto there = route.head<rtmsg>();
    const auto matches = [&](std::uint16_t type) {
        return !request.attributes.find(type) || value(request, type) == value(route, type);
    };
    return same_destination(request, route) && asked.rtm_type == there.rtm_type
        && asked.rtm_scope == there.rtm_scope
        && (asked.rtm_protocol == 0 || asked.rtm_protocol == there.rtm_protocol) && matches(RTA_PRIORITY)
        && matches(RTA_PREFSRC) && matches(RTA_GATEWAY) && matches(RTA_METRICS) && matches(RTA_NH_ID)
        && request.hops == route.hops && (!request.device || request.device == route.device);
}

bool names(const Entry& entry, const IfName& device)
{
    if (entry.table == Table::rules)
        return entry.attributes.text(FRA_IIFNAME) == device.str()
            || entry.attributes.text(FRA_OIFNAME) == device.str();
    return entry.device == device
        || std::ranges::any_of(entry.hops, [&](const Hop& hop) { return hop.device == device; });
}

std::string hex(const Bytes& bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes)
        text.append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    return text;
}

// What the words do not say.
std::string bytes_text(const Entry& entry)
{
    std::string text = hex(entry.header) + " " + hex(entry.attributes.serialize());
    for (const auto& hop : entry.hops)
        text += " " + hex(hop.attributes.serialize());
    return text;
}

std::string order_of_route(const Entry& route)
{
    auto text = std::to_string(route.family()) + " " + hex(value(route, RTA_TABLE)) + " " + destination(route)
        + " " + std::to_string(metric(route));
    return text;
}

// A label follows its device's name as in inetdev_changename() of net/ipv4/devinet.c.
std::string label_after_renaming(const std::string& label, const IfName& to, int position)
{
    if (position == 1)
        return to.str();
    const auto colon = label.find(':');
    const auto suffix = colon == std::string::npos ? ":" + std::to_string(position) : label.substr(colon);
    return to.str().substr(0, IfName::longest - suffix.size()) + suffix;
}

} // namespace

Entry as_kept(Entry entry)
{
    entry = normalized(std::move(entry));
    add_what_linux_adds(entry);
    entry.attributes = sorted(entry.attributes);
    return entry;
}

int FakeTables::add(const Entry& request)
{
    const auto entry = as_kept(request);
    if (entry.device && !links_.exists(*entry.device))
        return ENODEV;
    if (entry.table == Table::addresses)
        return add_address(entry);
    if (entry.table == Table::routes)
        return add_route(entry);
    auto& all = table(entry.table);
    const auto there =
        std::ranges::find_if(all, [&](const Entry& each) { return same_identity(each, entry); });
    if (entry.table == Table::neighbours && there != all.end()) {
        *there = entry;
        return 0;
    }
    if (there != all.end())
        return EEXIST;
    if (entry.table == Table::nexthops && entry.device && !links_.is_up(*entry.device))
        return ENETDOWN;
    all.push_back(entry);
    return 0;
}

int FakeTables::remove(const Entry& request)
{
    auto entry = as_kept(request);
    if (entry.table == Table::addresses && !request.attributes.find(IFA_LABEL))
        entry.attributes.erase(IFA_LABEL); // any will do
    if (entry.device && !links_.exists(*entry.device))
        return ENODEV;
    if (entry.table == Table::addresses)
        return remove_address(entry);
    if (entry.table == Table::routes)
        return remove_route(entry);
    if (entry.table == Table::nexthops)
        return remove_nexthop(entry);
    return std::erase_if(table(entry.table), [&](const Entry& each) { return same_identity(each, entry); })
        ? 0
        : ENOENT;
}

// Of an address, Linux changes the lifetimes and the metric; of IPv6 also the flags.
int FakeTables::replace(const Entry& request)
{
    auto entry = as_kept(request);
    auto& all = table(entry.table);
    const auto is_it = [&](const Entry& each) {
        if (entry.table == Table::routes)
            return same_destination(each, entry) && metric(each) == metric(entry);
        if (entry.table == Table::nexthops)
            return value(each, NHA_ID) == value(entry, NHA_ID);
        return same_identity(each, entry);
    };
    const auto there = std::ranges::find_if(all, is_it);
    if (there == all.end())
        return entry.table == Table::addresses ? add(request) : ENOENT;
    if (entry.table == Table::routes)
        if (const int fault = fault_of_route(entry))
            return fault;
    if (entry.table == Table::addresses && entry.family() == AF_INET)
        entry.attributes.set(IFA_FLAGS, value(*there, IFA_FLAGS));
    if (entry.table == Table::addresses && entry.family() == AF_INET6
        && !entry.attributes.find(IFA_RT_PRIORITY) && there->attributes.find(IFA_RT_PRIORITY))
        entry.attributes.set(IFA_RT_PRIORITY, value(*there, IFA_RT_PRIORITY));
    entry.attributes = sorted(entry.attributes);
    const auto before = std::exchange(*there, entry);
    if (entry.table != Table::addresses || connected_routes(before) == connected_routes(entry))
        return 0;
    for (const auto& connected : connected_routes(before))
        remove_route(as_kept(connected));
    connect(entry);
    return 0;
}

bool FakeTables::is_secondary(const Entry& address) const
{
    for (const auto& each : all(Table::addresses)) {
        if (each == address)
            return false;
        if (same_subnet(each, address))
            return true;
    }
    return false;
}

bool FakeTables::has_address(int family, const Bytes& wanted) const
{
    return std::ranges::any_of(all(Table::addresses),
        [&](const Entry& each) { return each.family() == family && local(each) == wanted; });
}

void FakeTables::connect(const Entry& address)
{
    if (!links_.is_up(*address.device) || (address.family() == AF_INET && is_secondary(address)))
        return;
    for (const auto& connected : connected_routes(address))
        add_route(as_kept(connected));
}

int FakeTables::add_address(const Entry& entry)
{
    auto& all = table(Table::addresses);
    const bool v4 = entry.family() == AF_INET;
    const auto same = [&](const Entry& each) {
        return each.device == entry.device && each.family() == entry.family() && local(each) == local(entry)
            && (!v4 || same_subnet(each, entry));
    };
    if (std::ranges::any_of(all, same))
        return EEXIST;
    auto position = all.end();
    if (!v4)
        position = std::ranges::find_if(all, [&](const Entry& each) {
            return each.device == entry.device && each.family() == AF_INET6
                && ipv6_scope(each) <= ipv6_scope(entry);
        });
    else if (std::ranges::none_of(all, [&](const Entry& each) { return same_subnet(each, entry); }))
        position = std::ranges::find_if(all, [&](const Entry& each) {
            return each.device == entry.device && each.family() == AF_INET && is_secondary(each);
        });
    all.insert(position, entry);
    connect(entry);
    return 0;
}

int FakeTables::remove_address(const Entry& request)
{
    auto& all = table(Table::addresses);
    const bool v4 = request.family() == AF_INET;
    const auto is_it = [&](const Entry& each) {
        return each.device == request.device && each.family() == request.family()
            && local(each) == local(request) && prefix_length(each) == prefix_length(request)
            && (!v4 || (same_subnet(each, request) && has_label(each, request.attributes.text(IFA_LABEL))));
    };
    const auto there = std::ranges::find_if(all, is_it);
    if (there == all.end())
        return EADDRNOTAVAIL;
    if (v4) {
        drop_ipv4_address(there);
        return 0;
    }
    const Entry address = *there;
    all.erase(there);
    forget_ipv6_address(address);
    return 0;
}

// A primary address takes its secondaries along, unless they are to be promoted.
void FakeTables::drop_ipv4_address(Entries::iterator there)
{
    auto& all = table(Table::addresses);
    const Entry address = *there;
    const bool was_secondary = is_secondary(address);
    all.erase(there);
    std::vector<Entry> followers;
    const auto follows = [&](const Entry& each) { return !was_secondary && same_subnet(each, address); };
    std::ranges::copy_if(all, std::back_inserter(followers), follows);
    if (!links_.promotes_secondaries(*address.device))
        std::erase_if(all, follows);
    forget_ipv4_address(address, was_secondary);
    for (const auto& follower : followers)
        if (std::ranges::find(all, follower) == all.end())
            forget_ipv4_address(follower, true);
        else
            connect(follower);
}

void FakeTables::forget_ipv4_address(const Entry& address, bool was_secondary)
{
    if (!was_secondary)
        for (const auto& connected : connected_routes(address))
            remove_route(as_kept(connected));
    if (!has_address(AF_INET, local(address)))
        std::erase_if(table(Table::routes), [&](const Entry& each) {
            return each.family() == AF_INET && value(each, RTA_PREFSRC) == local(address);
        });
    const auto& all = table(Table::addresses);
    if (std::ranges::none_of(all,
            [&](const Entry& each) { return each.device == address.device && each.family() == AF_INET; }))
        disable_ipv4(*address.device);
}

// fib_disable_ip() and arp_ifdown(), when the last address of a device goes.
void FakeTables::disable_ipv4(const IfName& device)
{
    std::erase_if(table(Table::routes),
        [&](const Entry& each) { return each.family() == AF_INET && each.device == device; });
    std::erase_if(table(Table::neighbours),
        [&](const Entry& each) { return each.family() == AF_INET && each.device == device; });
}

void FakeTables::forget_ipv6_address(const Entry& address)
{
    const auto routes = connected_routes(address);
    const auto& all = table(Table::addresses);
    for (const auto& connected : routes) {
        const auto still_wanted = [&](const Entry& other) {
            const auto others = connected_routes(other);
            return std::ranges::any_of(
                others, [&](const Entry& each) { return same_identity(each, connected); });
        };
        if (std::ranges::none_of(all, still_wanted))
            remove_route(as_kept(connected));
    }
    for (auto& route : table(Table::routes))
        if (route.device == address.device && value(route, RTA_PREFSRC) == local(address))
            route.attributes.erase(RTA_PREFSRC);
}

bool FakeTables::reaches(const Hop& hop, int family) const
{
    const auto* const gateway = hop.attributes.find(RTA_GATEWAY);
    if (!gateway || (hop.flags & RTNH_F_ONLINK) || (family == AF_INET6 && (*gateway)[0] == 0xfe))
        return true;
    return std::ranges::any_of(all(Table::routes), [&](const Entry& each) {
        return each.family() == family && each.device == hop.device && !has_gateway(each)
            && covers(value(each, RTA_DST), each.head<rtmsg>().rtm_dst_len, *gateway);
    });
}

int FakeTables::fault_of_hop(const Entry& route, const Hop& hop) const
{
    if (!links_.exists(hop.device))
        return ENODEV;
    if (!links_.is_up(hop.device))
        return ENETDOWN;
    if (!reaches(hop, route.family()))
        return route.family() == AF_INET ? ENETUNREACH : EHOSTUNREACH;
    return 0;
}

int FakeTables::fault_of_route(const Entry& route) const
{
    for (const auto& hop : has_nexthop_object(route) ? std::vector<Hop>() : hops_of(route))
        if (const int fault = fault_of_hop(route, hop))
            return fault;
    if (const auto* const source = route.attributes.find(RTA_PREFSRC))
        if (!has_address(route.family(), *source))
            return EINVAL;
    const auto is_it = [&](const Entry& each) { return value(each, NHA_ID) == value(route, RTA_NH_ID); };
    if (has_nexthop_object(route) && std::ranges::none_of(all(Table::nexthops), is_it))
        return EINVAL;
    return 0;
}

int FakeTables::add_route(const Entry& request)
{
    auto entry = request;
    if (has_nexthop_object(entry))
        entry.device.reset();
    if (const int fault = fault_of_route(entry))
        return fault;
    auto& all = table(Table::routes);
    if (entry.family() == AF_INET6 && !has_nexthop_object(entry))
        return add_ipv6_hops(entry);
    if (std::ranges::find(all, entry) != all.end())
        return EEXIST;
    all.push_back(entry);
    return 0;
}

// IPv6 routes through gateways that differ only in the hop become one route of several hops.
int FakeTables::add_ipv6_hops(const Entry& entry)
{
    auto& all = table(Table::routes);
    const auto beside = [&](const Entry& each) {
        return same_destination(each, entry) && metric(each) == metric(entry) && !has_nexthop_object(each);
    };
    const auto wanted = hops_of(entry);
    Entry* sibling = nullptr;
    for (auto& each : all) {
        if (!beside(each))
            continue;
        const auto hops = hops_of(each);
        if (std::ranges::any_of(hops, [&](const Hop& hop) { return same_hop(hop, wanted.front()); }))
            return EEXIST;
        if (has_gateway(each) && has_gateway(entry))
            sibling = &each;
    }
    if (!sibling) {
        all.push_back(entry);
        return 0;
    }
    auto hops = hops_of(*sibling);
    hops.insert(hops.end(), wanted.begin(), wanted.end());
    set_hops(*sibling, hops);
    return 0;
}

int FakeTables::remove_route(const Entry& request)
{
    auto entry = request;
    if (has_nexthop_object(entry))
        entry.device.reset();
    if (entry.family() == AF_INET6 && has_gateway(entry) && !has_nexthop_object(entry))
        return remove_ipv6_hops(entry);
    auto& all = table(Table::routes);
    const auto there = std::ranges::find_if(all, [&](const Entry& each) { return is_meant(entry, each); });
    if (there == all.end())
        return ESRCH;
    all.erase(there);
    return 0;
}

int FakeTables::remove_ipv6_hops(const Entry& entry)
{
    auto& all = table(Table::routes);
    int result = ESRCH;
    for (const auto& wanted : hops_of(entry)) {
        const auto is_it = [&](const Hop& hop) { return same_hop(hop, wanted); };
        const auto there = std::ranges::find_if(all, [&](const Entry& each) {
            const auto hops = hops_of(each);
            return same_destination(each, entry) && metric(each) == metric(entry)
                && std::ranges::any_of(hops, is_it);
        });
        if (there == all.end())
            continue;
        auto hops = hops_of(*there);
        std::erase_if(hops, is_it);
        if (hops.empty())
            all.erase(there);
        else
            set_hops(*there, hops);
        result = 0;
    }
    return result;
}

void FakeTables::drop_routes_of_nexthop(const Bytes& id)
{
    std::erase_if(table(Table::routes), [&](const Entry& each) { return value(each, RTA_NH_ID) == id; });
}

int FakeTables::remove_nexthop(const Entry& entry)
{
    const auto id = value(entry, NHA_ID);
    if (std::erase_if(table(Table::nexthops), [&](const Entry& each) { return value(each, NHA_ID) == id; })
        == 0)
        return ENOENT;
    drop_routes_of_nexthop(id);
    return 0;
}

void FakeTables::drop_routes(const IfName& device, int family)
{
    std::erase_if(table(Table::routes), [&](const Entry& each) {
        return each.family() == family && names(each, device)
            && std::ranges::none_of(each.hops, [&](const Hop& hop) { return links_.is_up(hop.device); });
    });
}

void FakeTables::link_came_up(const IfName& device)
{
    for (const auto& address : all(Table::addresses))
        if (address.device == device)
            connect(address);
}

void FakeTables::link_went_down(const IfName& device)
{
    drop_routes(device, AF_INET);
    drop_routes(device, AF_INET6);
    std::erase_if(table(Table::addresses),
        [&](const Entry& each) { return each.family() == AF_INET6 && each.device == device; });
    std::erase_if(table(Table::neighbours), [&](const Entry& each) { return each.device == device; });
    std::vector<Entry> dying;
    std::ranges::copy_if(all(Table::nexthops), std::back_inserter(dying),
        [&](const Entry& each) { return each.device == device; });
    for (const auto& each : dying)
        remove_nexthop(each);
}

void FakeTables::link_is_gone(const IfName& device)
{
    link_went_down(device);
    const auto locals = of(Table::addresses, device);
    std::erase_if(table(Table::addresses), [&](const Entry& each) { return each.device == device; });
    for (auto& route : table(Table::routes)) {
        auto hops = route.hops;
        if (std::erase_if(hops, [&](const Hop& hop) { return hop.device == device; }) > 0)
            set_hops(route, std::move(hops));
    }
    for (const auto& address : locals)
        forget_ipv4_address(address, true);
}

void FakeTables::link_was_renamed(const IfName& from, const IfName& to)
{
    int position = 0;
    for (auto& [table, entries] : tables_)
        for (auto& each : entries) {
            if (table == Table::addresses && each.device == from && each.family() == AF_INET)
                each.attributes.put_text(
                    IFA_LABEL, label_after_renaming(each.attributes.text(IFA_LABEL), to, ++position));
            const auto label = each.attributes.text(IFA_LABEL);
            if (table == Table::rules)
                continue;
            each = renamed(each, from, to);
            if (table == Table::addresses && each.family() == AF_INET)
                each.attributes.put_text(IFA_LABEL, label);
        }
}

Entry FakeTables::with_device_of_nexthop(Entry route) const
{
    for (const auto& each : all(Table::nexthops))
        if (has_nexthop_object(route) && value(each, NHA_ID) == value(route, RTA_NH_ID))
            route.device = each.device;
    return route;
}

std::vector<Entry> FakeTables::of(Table table, const IfName& device) const
{
    std::vector<Entry> found;
    for (const auto& each : all(table))
        if (const auto told = with_device_of_nexthop(each); names(told, device))
            found.push_back(told);
    std::ranges::stable_sort(found, {}, &Entry::family); // as a list of the one, then of the other
    return found;
}

const std::vector<Entry>& FakeTables::all(Table table) const
{
    static const std::vector<Entry> none;
    const auto found = tables_.find(table);
    return found == tables_.end() ? none : found->second;
}

std::string FakeTables::lines(Table table) const
{
    auto entries = all(table);
    if (table == Table::addresses)
        std::ranges::stable_sort(
            entries, {}, [](const Entry& each) { return std::pair(each.device, each.family()); });
    else if (table == Table::routes) // which of two like routes is first does matter
        std::ranges::stable_sort(entries, {}, order_of_route);
    else
        std::ranges::sort(entries, {}, [](const Entry& each) { return to_string(each); });
    std::string text;
    for (const auto& each : entries)
        text += object_name(each) + " " + to_string(each) + "   [" + bytes_text(each) + "]\n";
    return text;
}

std::string FakeTables::state() const
{
    std::string text;
    for (const Table table :
        {Table::addresses, Table::routes, Table::neighbours, Table::rules, Table::nexthops})
        text += lines(table);
    return text;
}

} // namespace test
