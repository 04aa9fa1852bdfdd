#include "xen/bridge_move.h"

#include "base/error.h"
#include "base/text.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

namespace xen {

namespace {

using net::Entry;
using net::IfName;
using net::KernelView;
using net::Plan;

constexpr const char* rp_filter = "ipv4/conf/rp_filter";
constexpr const char* loose = "2";

// The kernel answers "up" for a bridge some 20 ms after its first port, but up to a second after
// another change of some carrier (net/core/link_watch.c).
constexpr std::chrono::seconds patience_for_bridge {2};
constexpr std::chrono::seconds patience_for_addresses {2};

void append(Plan& plan, Plan more)
{
    plan.insert(plan.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

bool contains(const std::vector<Entry>& entries, const Entry& wanted)
{
    return std::ranges::any_of(entries, [&](const Entry& each) { return same_identity(each, wanted); });
}

// Settings that are not to be copied: made by netlink instead, or following from the MTU.
bool is_copied_otherwise(const std::string& key)
{
    return key == rp_filter || key == "ipv6/conf/addr_gen_mode" || key == "ipv6/conf/mtu";
}

// What a device's reverse-path filter amounts to: the stricter of its own and that of "all".
bool is_strict(const std::string& own, const KernelView& kernel)
{
    const auto all = kernel.sysctl(IfName::parse("all"), rp_filter).value_or("0");
    return std::max(all, own) == "1";
}

std::string usual_rp_filter(const KernelView& kernel)
{
    return kernel.sysctl(IfName::parse("default"), rp_filter).value_or("0");
}

std::string rp_filter_of(const DeviceState& state, const KernelView& kernel)
{
    const auto own = state.sysctls.find(rp_filter);
    return own == state.sysctls.end() ? usual_rp_filter(kernel) : own->second;
}

std::uint32_t flags_of(const Entry& address)
{
    return address.attributes.get<std::uint32_t>(IFA_FLAGS).value_or(0);
}

// An address that was in use a moment ago needs no duplicate detection.
Entry without_dad(Entry address)
{
    if (address.family() == AF_INET6)
        address.attributes.put(IFA_FLAGS, flags_of(address) | IFA_F_NODAD);
    return address;
}

void add_address(Plan& plan, const Entry& address)
{
    const auto at_first = without_dad(address);
    plan.emplace_back(net::AddEntry {at_first});
    if (at_first != address)
        plan.emplace_back(net::ReplaceEntry {address, at_first});
}

// So that the kernel ends with the same order: it appends IPv4 addresses and prepends IPv6 ones.
Plan adding_addresses(const std::vector<Entry>& addresses)
{
    Plan plan;
    for (const auto& address : addresses)
        if (address.family() == AF_INET)
            add_address(plan, address);
    for (auto address = addresses.rbegin(); address != addresses.rend(); ++address)
        if (address->family() == AF_INET6)
            add_address(plan, *address);
    return plan;
}

// Before the addresses go from the other device, lest there be a moment without them.
void await_addresses(Plan& plan, const IfName& device, const std::vector<Entry>& addresses)
{
    net::AwaitAddresses wait {device, {}, patience_for_addresses};
    for (const auto& address : addresses)
        if (address.family() == AF_INET6)
            wait.addresses.push_back(local_address(address));
    if (!wait.addresses.empty())
        plan.emplace_back(std::move(wait));
}

// The routes that the kernel makes when it gets the addresses.
std::vector<Entry> routes_that_come_along(const std::vector<Entry>& addresses)
{
    std::vector<Entry> routes;
    for (const auto& address : addresses)
        for (auto& route : connected_routes(address))
            routes.push_back(std::move(route));
    return routes;
}

bool is_made_by_kernel(const Entry& route, const std::vector<Entry>& come_along)
{
    return std::ranges::any_of(come_along, [&](const Entry& each) {
        return same_identity(each, route) && each.head<rtmsg>().rtm_protocol == route.head<rtmsg>().rtm_protocol;
    });
}

// IPv6 keeps the hops of one destination and metric together, so that a second route beside the
// first would be merged into it: such a route is replaced in one stroke.
bool is_replaced_whole(const Entry& route)
{
    return route.family() == AF_INET6 && !route.hops.empty();
}

// The routes to be made by hand, those that others lead through first. Routes through a nexthop
// object go where the object goes.
std::vector<Entry> routes_to_add(const DeviceState& state)
{
    const auto come_along = routes_that_come_along(state.addresses);
    std::vector<Entry> routes;
    for (const auto& route : state.routes)
        if (!has_nexthop_object(route) && !is_made_by_kernel(route, come_along))
            routes.push_back(route);
    std::ranges::stable_partition(routes, [](const Entry& route) { return !has_gateway(route); });
    return routes;
}

// What the kernel makes with an address although the administrator had removed it.
void remove_unwanted_routes(Plan& plan, const DeviceState& state)
{
    for (const auto& route : routes_that_come_along(state.addresses))
        if (!is_made_by_kernel(route, state.routes))
            plan.emplace_back(net::RemoveEntry {route});
}

// The kernel changes the labels of a device that is renamed, and needs none to find an address.
std::vector<Entry> without_labels(std::vector<Entry> addresses)
{
    for (auto& address : addresses)
        address.attributes.erase(IFA_LABEL);
    return addresses;
}

// The kernel leaves an IPv6 prefix with a limited lifetime its route when the address goes.
void remove_lasting_routes(Plan& plan, const DeviceState& card)
{
    const auto come_along = routes_that_come_along(card.addresses);
    for (const auto& route : card.routes)
        if (route.family() == AF_INET6 && is_made_by_kernel(route, come_along))
            plan.emplace_back(net::RemoveEntry {route});
}

void remove_all(Plan& plan, const std::vector<Entry>& entries)
{
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
        plan.emplace_back(net::RemoveEntry {*entry});
}

// Moves the routes from one state of things to another, so that each stands on the new device
// before it goes from the old one. Both lists have the same order.
void move_routes(Plan& plan, const DeviceState& from, const DeviceState& to)
{
    const auto old_routes = routes_to_add(from);
    const auto new_routes = routes_to_add(to);
    for (std::size_t i = 0; i < new_routes.size(); ++i) {
        if (is_replaced_whole(new_routes[i]))
            plan.emplace_back(net::ReplaceEntry {new_routes[i], old_routes[i]});
        else
            plan.emplace_back(net::AddEntry {new_routes[i]});
    }
    for (auto route = old_routes.rbegin(); route != old_routes.rend(); ++route)
        if (!is_replaced_whole(*route))
            plan.emplace_back(net::RemoveEntry {*route});
}

// Neighbours that were learned spare the first packets a wait, and the incomplete ones a second.
void copy_neighbours(Plan& plan, const KernelView& kernel, const IfName& from_now, const IfName& to)
{
    for (const auto& each : kernel.entries(net::Table::neighbours, from_now)) {
        if (!is_learned(each))
            continue;
        auto neighbour = net::renamed(net::normalized(each), from_now, to);
        auto head = neighbour.head<ndmsg>();
        head.ndm_state = NUD_STALE;
        neighbour.set_head(head);
        plan.emplace_back(net::AddEntry {neighbour});
    }
}

void add_all(Plan& plan, const std::vector<Entry>& entries)
{
    for (const auto& entry : entries)
        plan.emplace_back(net::AddEntry {entry});
}


// A bridge that is up before it has the card, its carrier held by one end of a veth pair.
void make_bridge(Plan& plan, const BridgePair& pair, const DeviceState& state, const KernelView& kernel)
{
    const bool has_ipv6 = state.link.addr_gen_mode.has_value();
    const auto quiet = has_ipv6 ? std::optional(net::AddrGenMode::none) : std::nullopt;
    plan.emplace_back(net::CreateVethPair {pair.holder, pair.holder_peer});
    plan.emplace_back(net::CreateBridge {pair.bridge, state.link.mac, state.link.mtu});
    for (const auto& [key, value] : state.sysctls)
        if (!is_copied_otherwise(key))
            plan.emplace_back(net::SetSysctl {
                pair.bridge, key, value, kernel.sysctl(IfName::parse("default"), key).value_or(value)});
    const auto wanted_filter = rp_filter_of(state, kernel);
    plan.emplace_back(net::SetSysctl {
        pair.bridge, rp_filter, is_strict(wanted_filter, kernel) ? loose : wanted_filter, usual_rp_filter(kernel)});
    plan.emplace_back(net::ChangeLink {pair.holder_peer, {.addr_gen_mode = quiet, .up = true}, {}});
    plan.emplace_back(net::ChangeLink {pair.bridge,
        {.tx_queue_length = state.link.tx_queue_length, .addr_gen_mode = quiet, .up = true}, {}});
    plan.emplace_back(net::ChangeLink {pair.holder, {.addr_gen_mode = quiet, .master = pair.bridge, .up = true}, {}});
    plan.emplace_back(net::AwaitRunning {pair.bridge, patience_for_bridge});
}

net::ChangeLink joining(const BridgePair& pair, const DeviceState& card)
{
    net::ChangeLink change {pair.port, {.master = pair.bridge}, {.master = std::optional<IfName>()}};
    if (card.link.addr_gen_mode) {
        change.to.addr_gen_mode = net::AddrGenMode::none;
        change.from.addr_gen_mode = card.link.addr_gen_mode;
    }
    if (!card.link.up) {
        change.to.up = true;
        change.from.up = false;
    }
    return change;
}

void move_rules(Plan& plan, const DeviceState& from, const DeviceState& to)
{
    if (from.rules == to.rules)
        return; // they name the device, and the bridge has its name
    add_all(plan, to.rules);
    remove_all(plan, from.rules);
}

// What a device has now, under the name that it is going to have.
struct Present {
    net::IfName name_now;
    DeviceState state;
    std::string own_filter;
};

Present look_at_present(const IfName& now, const IfName& later, const KernelView& kernel)
{
    return {now, renamed(look_at(kernel, now), now, later), kernel.sysctl(now, rp_filter).value_or("0")};
}

// The card as it is now: under its own name, or under the one it has as a port.
std::optional<net::Link> find_card(const BridgePair& pair, const KernelView& kernel)
{
    if (auto port = kernel.find_link(pair.port))
        return port;
    auto link = kernel.find_link(pair.netdev);
    return link && !link->is_bridge() ? link : std::nullopt;
}

// The bridge if it is the one that was made for the card: it has the card as a port, or its address.
std::optional<net::Link> find_bridge(
    const BridgePair& pair, const std::optional<net::Link>& card, const net::Mac& mac, const KernelView& kernel)
{
    for (const auto& name : {pair.bridge, pair.aside}) {
        auto link = kernel.find_link(name);
        if (link && link->is_bridge() && (link->mac == mac || (card && card->master == link->index)))
            return link;
    }
    return std::nullopt;
}

void loosen(Plan& plan, const Present& device, const KernelView& kernel)
{
    if (is_strict(device.own_filter, kernel))
        plan.emplace_back(net::SetSysctl {device.state.link.name, rp_filter, loose, device.own_filter});
}

// The addresses that the card lacks, and those that a call which was cut short left unfinished.
// True if one had to be made anew, which takes the routes through it along.
bool complete_addresses(Plan& plan, const DeviceState& card, const DeviceState& wanted)
{
    std::vector<Entry> missing;
    bool made_anew = false;
    for (const auto& address : wanted.addresses) {
        const auto present = std::ranges::find_if(
            card.addresses, [&](const Entry& each) { return same_identity(each, address); });
        const bool is_there = present != card.addresses.end();
        if (is_there && address.family() == AF_INET6 && flags_of(*present) != flags_of(address))
            plan.emplace_back(net::ReplaceEntry {address, *present});
        if (is_there && present->attributes.text(IFA_LABEL) != address.attributes.text(IFA_LABEL)) {
            plan.emplace_back(net::RemoveEntry {*present});
            made_anew = true;
        }
        if (!is_there || made_anew)
            missing.push_back(address);
    }
    append(plan, adding_addresses(missing));
    await_addresses(plan, wanted.link.name, wanted.addresses);
    return made_anew;
}

void complete_nexthops(Plan& plan, const DeviceState& wanted, const DeviceState& card, const DeviceState* bridge)
{
    for (const auto& nexthop : wanted.nexthops) {
        if (contains(card.nexthops, nexthop))
            continue;
        const auto elsewhere = net::renamed(nexthop, card.link.name, bridge ? bridge->link.name : card.link.name);
        if (bridge && contains(bridge->nexthops, elsewhere))
            plan.emplace_back(net::ReplaceEntry {nexthop, elsewhere});
        else
            plan.emplace_back(net::AddEntry {nexthop});
    }
}

void complete_routes(
    Plan& plan, const DeviceState& wanted, const DeviceState& card, const DeviceState* bridge, bool all_of_them)
{
    for (const auto& route : routes_to_add(wanted)) {
        if (!all_of_them && contains(card.routes, route))
            continue;
        const auto elsewhere = net::renamed(route, card.link.name, bridge ? bridge->link.name : card.link.name);
        if (is_replaced_whole(route) && bridge && contains(bridge->routes, elsewhere))
            plan.emplace_back(net::ReplaceEntry {route, elsewhere});
        else
            plan.emplace_back(net::AddEntry {.entry = route, .if_possible = true});
    }
    for (const auto& route : wanted.routes)
        if (has_nexthop_object(route))
            plan.emplace_back(net::AddEntry {route});
}

void complete_rules(Plan& plan, const DeviceState& wanted, const DeviceState& card, const DeviceState* bridge)
{
    for (const auto& rule : wanted.rules)
        if (!contains(card.rules, rule))
            plan.emplace_back(net::AddEntry {rule});
    if (bridge && bridge->rules != card.rules)
        remove_all(plan, bridge->rules);
}

// From here on the kernel sends by the card, which works while it is still a port. The bridge's
// addresses stay: without one it would drop what still arrives on it.
void remove_routes_of(Plan& plan, const DeviceState& bridge)
{
    for (auto route = bridge.routes.rbegin(); route != bridge.routes.rend(); ++route)
        if (!is_replaced_whole(*route) && !has_nexthop_object(*route))
            plan.emplace_back(net::RemoveEntry {*route});
}

net::ChangeLink leaving(const DeviceState& card, const DeviceState& wanted, const DeviceState* bridge)
{
    net::ChangeLink change {card.link.name, {}, {}};
    if (bridge && card.link.master) {
        change.to.master.emplace();
        change.from.master = bridge->link.name;
    }
    if (wanted.link.addr_gen_mode && card.link.addr_gen_mode != wanted.link.addr_gen_mode) {
        change.to.addr_gen_mode = wanted.link.addr_gen_mode;
        change.from.addr_gen_mode = card.link.addr_gen_mode;
    }
    if (card.link.up != wanted.link.up) {
        change.to.up = wanted.link.up;
        change.from.up = card.link.up;
    }
    return change;
}

// The card's reverse-path filter as it was. Ours is told from the administrator's by the snapshot.
void tighten(Plan& plan, const Present& card, const DeviceState& wanted, const KernelView& kernel)
{
    const auto before = rp_filter_of(wanted, kernel);
    const bool is_ours = card.own_filter == loose && before != loose;
    if (is_ours || is_strict(card.own_filter, kernel))
        plan.emplace_back(
            net::SetSysctl {card.state.link.name, rp_filter, is_ours ? before : card.own_filter, loose});
}

// Time has gone by since the wanted state was written down: what is left of an address's life is
// told by the kernel, where it still has the address.
DeviceState with_lifetimes_of(DeviceState wanted, const Present& device)
{
    for (auto& address : wanted.addresses)
        for (const auto& each : device.state.addresses) {
            auto here = net::renamed(each, device.state.link.name, wanted.link.name);
            if (const auto* const left = same_identity(here, address) ? here.attributes.find(IFA_CACHEINFO) : nullptr)
                address.attributes.set(IFA_CACHEINFO, *left);
        }
    return wanted;
}

void give_back(Plan& plan, const Present& card_now, const std::optional<Present>& bridge_now,
    const DeviceState& wanted, const KernelView& kernel)
{
    const auto& card = card_now.state;
    const auto* const bridge = bridge_now ? &bridge_now->state : nullptr;
    loosen(plan, card_now, kernel);
    if (bridge) {
        loosen(plan, *bridge_now, kernel);
        copy_neighbours(plan, kernel, bridge_now->name_now, card.link.name);
    }
    const bool made_anew = complete_addresses(plan, card, wanted);
    for (const auto& neighbour : wanted.neighbours)
        if (!contains(card.neighbours, neighbour))
            plan.emplace_back(net::AddEntry {neighbour});
    complete_nexthops(plan, wanted, card, bridge);
    complete_routes(plan, wanted, card, bridge, made_anew);
    remove_unwanted_routes(plan, wanted);
    complete_rules(plan, wanted, card, bridge);
    for (const auto& group : wanted.groups)
        if (std::ranges::find(card.groups, group) == card.groups.end())
            plan.emplace_back(net::JoinGroup {card.link.name, group});
    if (bridge)
        remove_routes_of(plan, *bridge);
    if (const auto change = leaving(card, wanted, bridge); change.to != net::LinkSettings {})
        plan.emplace_back(change);
    tighten(plan, card_now, wanted, kernel);
}

} // namespace

BridgePair pair_of(const IfName& netdev, const IfName& bridge, int netdev_index)
{
    // Both ends bear the card's index, so that two cards never share a pair.
    const auto holder = "d0n" + std::to_string(netdev_index);
    return {netdev, bridge == netdev ? IfName::parse("p" + netdev.str()) : netdev, bridge, IfName::parse(holder + "a"),
        IfName::parse(holder + "b"), IfName::parse(holder + "c")};
}

Plan plan_move(const BridgePair& pair, const DeviceState& state, const KernelView& kernel)
{
    const auto card = renamed(state, pair.netdev, pair.port);
    const auto bridge = renamed(state, pair.netdev, pair.bridge);
    Plan plan;
    if (pair.port != pair.netdev)
        plan.emplace_back(net::RenameLink {pair.netdev, pair.port});
    make_bridge(plan, pair, state, kernel);
    const auto own_filter = rp_filter_of(state, kernel);
    const bool strict = is_strict(own_filter, kernel);
    if (strict)
        plan.emplace_back(net::SetSysctl {pair.port, rp_filter, loose, own_filter});
    append(plan, adding_addresses(bridge.addresses));
    add_all(plan, bridge.neighbours);
    copy_neighbours(plan, kernel, pair.netdev, pair.bridge);
    for (const auto& group : state.groups)
        plan.emplace_back(net::JoinGroup {pair.bridge, group});
    await_addresses(plan, pair.bridge, bridge.addresses);

    plan.emplace_back(joining(pair, card));
    for (std::size_t i = 0; i < bridge.nexthops.size(); ++i)
        plan.emplace_back(net::ReplaceEntry {bridge.nexthops[i], card.nexthops[i]});
    move_routes(plan, card, bridge);
    remove_unwanted_routes(plan, bridge);
    if (pair.bridge != pair.netdev)
        move_rules(plan, card, bridge);
    const bool is_renamed = pair.port != pair.netdev;
    append(plan, net::undoing(adding_addresses(is_renamed ? without_labels(card.addresses) : card.addresses)));
    remove_lasting_routes(plan, card);
    remove_all(plan, card.neighbours);

    plan.emplace_back(net::DeleteLink {pair.holder});
    if (strict) {
        plan.emplace_back(net::SetSysctl {pair.bridge, rp_filter, own_filter, loose});
        plan.emplace_back(net::SetSysctl {pair.port, rp_filter, own_filter, loose});
    }
    if (state.link.addr_gen_mode)
        plan.emplace_back(net::ChangeLink {pair.bridge, {.addr_gen_mode = state.link.addr_gen_mode}, {}});
    return plan;
}

Plan plan_return(const BridgePair& pair, const DeviceState& wanted, const KernelView& kernel)
{
    Plan plan;
    const auto card = find_card(pair, kernel);
    const auto bridge = find_bridge(pair, card, wanted.link.mac, kernel);
    // While it has no address yet, so that the kernel has no label to change.
    const bool renames = card && card->name != pair.netdev;
    const bool steps_aside = renames && bridge && bridge->name != pair.aside;
    if (steps_aside)
        plan.emplace_back(net::RenameLink {bridge->name, pair.aside});
    if (renames)
        plan.emplace_back(net::RenameLink {card->name, pair.netdev});
    std::optional<Present> bridge_now;
    if (bridge)
        bridge_now = look_at_present(bridge->name, steps_aside ? pair.aside : bridge->name, kernel);
    if (card) {
        const auto card_now = look_at_present(card->name, pair.netdev, kernel);
        auto current = with_lifetimes_of(wanted, card_now);
        if (bridge_now)
            current = with_lifetimes_of(std::move(current), *bridge_now);
        give_back(plan, card_now, bridge_now, current, kernel);
    }
    plan.emplace_back(net::DeleteLink {pair.holder});
    if (bridge)
        plan.emplace_back(net::DeleteLink {bridge_now->state.link.name});
    return plan;
}

} // namespace xen
