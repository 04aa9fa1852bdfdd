#include "xen/bridge/move.h"

#include "xen/bridge/steps.h"

#include <linux/if_addr.h>
#include <sys/socket.h>

namespace xen {

namespace {

using net::Entry;
using net::IfName;
using net::KernelView;
using net::Plan;

// The kernel answers "up" for a bridge some 20 ms after its first port, but up to a second after
// another change of some carrier (net/core/link_watch.c).
constexpr std::chrono::seconds patience_for_bridge{2};

// Settings that are not to be copied: made by netlink instead, or following from the MTU.
bool is_copied_otherwise(const std::string& key)
{
    return key == rp_filter || key == "ipv6/conf/addr_gen_mode" || key == "ipv6/conf/mtu";
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
            plan.emplace_back(net::RemoveEntry{route});
}

// Moves the routes from one state of things to another, so that each stands on the new device
// before it goes from the old one. Both lists have the same order.
void move_routes(Plan& plan, const DeviceState& from, const DeviceState& to)
{
    const auto old_routes = routes_to_add(from);
    const auto new_routes = routes_to_add(to);
    for (std::size_t i = 0; i < new_routes.size(); ++i) {
        if (is_replaced_whole(new_routes[i]))
            plan.emplace_back(net::ReplaceEntry{new_routes[i], old_routes[i]});
        else
            plan.emplace_back(net::AddEntry{new_routes[i]});
    }
    for (auto route = old_routes.rbegin(); route != old_routes.rend(); ++route)
        if (!is_replaced_whole(*route))
            plan.emplace_back(net::RemoveEntry{*route});
}

// A bridge that is up before it has the card, its carrier held by one end of a veth pair.
void make_bridge(Plan& plan, const BridgePair& pair, const DeviceState& state, const KernelView& kernel)
{
    const bool has_ipv6 = state.link.addr_gen_mode.has_value();
    const auto quiet = has_ipv6 ? std::optional(net::AddrGenMode::none) : std::nullopt;
    plan.emplace_back(net::CreateVethPair{pair.holder, pair.holder_peer});
    plan.emplace_back(net::CreateBridge{pair.bridge, state.link.mac, state.link.mtu});
    for (const auto& [key, value] : state.sysctls)
        if (!is_copied_otherwise(key))
            plan.emplace_back(net::SetSysctl{
                pair.bridge, key, value, kernel.sysctl(IfName::defaults(), key).value_or(value)});
    const auto wanted_filter = rp_filter_of(state, kernel);
    plan.emplace_back(net::SetSysctl{pair.bridge, rp_filter,
        is_strict(wanted_filter, kernel) ? loose : wanted_filter, usual_rp_filter(kernel)});
    plan.emplace_back(net::ChangeLink{pair.holder_peer, {.addr_gen_mode = quiet, .up = true}, {}});
    plan.emplace_back(net::ChangeLink{pair.bridge,
        {.tx_queue_length = state.link.tx_queue_length, .addr_gen_mode = quiet, .up = true}, {}});
    plan.emplace_back(
        net::ChangeLink{pair.holder, {.addr_gen_mode = quiet, .master = pair.bridge, .up = true}, {}});
    plan.emplace_back(net::AwaitRunning{pair.bridge, patience_for_bridge});
}

net::ChangeLink joining(const BridgePair& pair, const DeviceState& card)
{
    net::ChangeLink change{pair.port, {.master = pair.bridge}, {.master = std::optional<IfName>()}};
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

} // namespace

BridgePair pair_of(const IfName& netdev, const IfName& bridge, int netdev_index)
{
    // Both ends bear the card's index, so that two cards never share a pair.
    const auto holder = "d0n" + std::to_string(netdev_index);
    return {netdev, bridge == netdev ? IfName::parse("p" + netdev.str()) : netdev, bridge,
        IfName::parse(holder + "a"), IfName::parse(holder + "b"), IfName::parse(holder + "c")};
}

Plan plan_move(const BridgePair& pair, const DeviceState& state, const KernelView& kernel)
{
    const auto card = renamed(state, pair.netdev, pair.port);
    const auto bridge = renamed(state, pair.netdev, pair.bridge);
    Plan plan;
    if (pair.port != pair.netdev)
        plan.emplace_back(net::RenameLink{pair.netdev, pair.port});
    solicit_routers(plan, state, pair.port, true);
    make_bridge(plan, pair, state, kernel);
    const auto own_filter = rp_filter_of(state, kernel);
    const bool strict = is_strict(own_filter, kernel);
    if (strict)
        plan.emplace_back(net::SetSysctl{pair.port, rp_filter, loose, own_filter});
    append(plan, adding_addresses(bridge.addresses));
    add_all(plan, bridge.neighbours);
    copy_neighbours(plan, kernel, pair.netdev, pair.bridge);
    for (const auto& group : state.groups)
        plan.emplace_back(net::JoinGroup{pair.bridge, group});
    await_addresses(plan, pair.bridge, bridge.addresses);

    plan.emplace_back(joining(pair, card));
    for (std::size_t i = 0; i < bridge.nexthops.size(); ++i)
        plan.emplace_back(net::ReplaceEntry{bridge.nexthops[i], card.nexthops[i]});
    move_routes(plan, card, bridge);
    remove_unwanted_routes(plan, bridge);
    if (pair.bridge != pair.netdev)
        move_rules(plan, card, bridge);
    const bool is_renamed = pair.port != pair.netdev;
    append(
        plan, net::undoing(adding_addresses(is_renamed ? without_labels(card.addresses) : card.addresses)));
    remove_lasting_routes(plan, card);
    remove_all(plan, card.neighbours);

    plan.emplace_back(net::DeleteLink{pair.holder});
    if (strict) {
        plan.emplace_back(net::SetSysctl{pair.bridge, rp_filter, own_filter, loose});
        plan.emplace_back(net::SetSysctl{pair.port, rp_filter, own_filter, loose});
    }
    if (state.link.addr_gen_mode)
        plan.emplace_back(net::ChangeLink{pair.bridge, {.addr_gen_mode = state.link.addr_gen_mode}, {}});
    solicit_routers(plan, state, pair.bridge, false);
    return plan;
}

} // namespace xen
