// The way back, from whatever there is.
#include "xen/bridge/move.h"
#include "xen/bridge/steps.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

namespace xen {

namespace {

using net::Entry;
using net::IfName;
using net::KernelView;
using net::Plan;

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
std::optional<net::Link> find_bridge(const BridgePair& pair, const std::optional<net::Link>& card,
    const net::Mac& mac, const KernelView& kernel)
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
        plan.emplace_back(net::SetSysctl{device.state.link.name, rp_filter, loose, device.own_filter});
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
            plan.emplace_back(net::ReplaceEntry{address, *present});
        if (is_there && present->attributes.text(IFA_LABEL) != address.attributes.text(IFA_LABEL)) {
            plan.emplace_back(net::RemoveEntry{*present});
            made_anew = true;
        }
        if (!is_there || made_anew)
            missing.push_back(address);
    }
    append(plan, adding_addresses(missing));
    await_addresses(plan, wanted.link.name, wanted.addresses);
    return made_anew;
}

void complete_nexthops(
    Plan& plan, const DeviceState& wanted, const DeviceState& card, const DeviceState* bridge)
{
    for (const auto& nexthop : wanted.nexthops) {
        if (contains(card.nexthops, nexthop))
            continue;
        const auto elsewhere =
            net::renamed(nexthop, card.link.name, bridge ? bridge->link.name : card.link.name);
        if (bridge && contains(bridge->nexthops, elsewhere))
            plan.emplace_back(net::ReplaceEntry{nexthop, elsewhere});
        else
            plan.emplace_back(net::AddEntry{nexthop});
    }
}

void complete_routes(Plan& plan, const DeviceState& wanted, const DeviceState& card,
    const DeviceState* bridge, bool all_of_them)
{
    for (const auto& route : routes_to_add(wanted)) {
        if (!all_of_them && contains(card.routes, route))
            continue;
        const auto elsewhere =
            net::renamed(route, card.link.name, bridge ? bridge->link.name : card.link.name);
        if (is_replaced_whole(route) && bridge && contains(bridge->routes, elsewhere))
            plan.emplace_back(net::ReplaceEntry{route, elsewhere});
        else
            plan.emplace_back(net::AddEntry{.entry = route, .if_possible = true});
    }
    // Only those that are not there: undoing would remove what it finds.
    for (const auto& route : wanted.routes) {
        const auto is_it = [&](const Entry& each) {
            return same_identity(
                net::renamed(each, bridge ? bridge->link.name : card.link.name, card.link.name), route);
        };
        const bool is_there =
            std::ranges::any_of(card.routes, is_it) || (bridge && std::ranges::any_of(bridge->routes, is_it));
        if (has_nexthop_object(route) && (all_of_them || !is_there))
            plan.emplace_back(net::AddEntry{route});
    }
}

void complete_rules(Plan& plan, const DeviceState& wanted, const DeviceState& card, const DeviceState* bridge)
{
    for (const auto& rule : wanted.rules)
        if (!contains(card.rules, rule))
            plan.emplace_back(net::AddEntry{rule});
    if (bridge && bridge->rules != card.rules)
        remove_all(plan, bridge->rules);
}

// From here on the kernel sends by the card, which works while it is still a port. The bridge's
// addresses stay: without one it would drop what still arrives on it.
void remove_routes_of(Plan& plan, const DeviceState& bridge)
{
    for (auto route = bridge.routes.rbegin(); route != bridge.routes.rend(); ++route)
        if (!is_replaced_whole(*route) && !has_nexthop_object(*route))
            plan.emplace_back(net::RemoveEntry{*route});
}

net::ChangeLink leaving(const DeviceState& card, const DeviceState& wanted, const DeviceState* bridge)
{
    net::ChangeLink change{card.link.name, {}, {}};
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
            net::SetSysctl{card.state.link.name, rp_filter, is_ours ? before : card.own_filter, loose});
}

// Time has gone by since the wanted state was written down: what is left of an address's life is
// told by the kernel, where it still has the address; of a route's too.
DeviceState with_lifetimes_of(DeviceState wanted, const Present& device)
{
    for (auto& address : wanted.addresses)
        for (const auto& each : device.state.addresses) {
            auto here = net::renamed(each, device.state.link.name, wanted.link.name);
            if (const auto* const left =
                    same_identity(here, address) ? here.attributes.find(IFA_CACHEINFO) : nullptr)
                address.attributes.set(IFA_CACHEINFO, *left);
        }
    for (auto& route : wanted.routes)
        for (const auto& each : device.state.routes) {
            const auto here = net::renamed(each, device.state.link.name, wanted.link.name);
            if (const auto* const left =
                    same_identity(here, route) ? here.attributes.find(RTA_EXPIRES) : nullptr)
                route.attributes.set(RTA_EXPIRES, *left);
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
        solicit_routers(plan, *bridge, bridge->link.name, true);
        loosen(plan, *bridge_now, kernel);
        copy_neighbours(plan, kernel, bridge_now->name_now, card.link.name);
    }
    const bool made_anew = complete_addresses(plan, card, wanted);
    for (const auto& neighbour : wanted.neighbours)
        if (!contains(card.neighbours, neighbour))
            plan.emplace_back(net::AddEntry{neighbour});
    complete_nexthops(plan, wanted, card, bridge);
    complete_routes(plan, wanted, card, bridge, made_anew);
    remove_unwanted_routes(plan, wanted);
    complete_rules(plan, wanted, card, bridge);
    for (const auto& group : wanted.groups)
        if (std::ranges::find(card.groups, group) == card.groups.end())
            plan.emplace_back(net::JoinGroup{card.link.name, group});
    if (bridge)
        remove_routes_of(plan, *bridge);
    if (const auto change = leaving(card, wanted, bridge); change.to != net::LinkSettings{})
        plan.emplace_back(change);
    tighten(plan, card_now, wanted, kernel);
}

} // namespace

Plan plan_return(const BridgePair& pair, const DeviceState& wanted, const KernelView& kernel)
{
    Plan plan;
    const auto card = find_card(pair, kernel);
    const auto bridge = find_bridge(pair, card, wanted.link.mac, kernel);
    // While it has no address yet, so that the kernel has no label to change.
    const bool renames = card && card->name != pair.netdev;
    const bool steps_aside = renames && bridge && bridge->name != pair.aside;
    if (steps_aside)
        plan.emplace_back(net::RenameLink{bridge->name, pair.aside});
    if (renames)
        plan.emplace_back(net::RenameLink{card->name, pair.netdev});
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
    plan.emplace_back(net::DeleteLink{pair.holder});
    if (bridge)
        plan.emplace_back(net::DeleteLink{bridge_now->state.link.name});
    if (card)
        solicit_routers(plan, wanted, pair.netdev, false);
    return plan;
}

} // namespace xen
