#include "xen/bridge/steps.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

namespace xen {

using net::Entry;
using net::IfName;
using net::KernelView;
using net::Plan;

namespace {

constexpr std::chrono::seconds patience_for_addresses{2};

Entry without_dad(Entry address)
{
    if (address.family() == AF_INET6)
        address.attributes.put(IFA_FLAGS, flags_of(address) | IFA_F_NODAD);
    return address;
}

void add_address(Plan& plan, const Entry& address)
{
    const auto at_first = without_dad(address);
    plan.emplace_back(net::AddEntry{at_first});
    if (at_first != address)
        plan.emplace_back(net::ReplaceEntry{address, at_first});
}

} // namespace

void append(Plan& plan, Plan more)
{
    plan.insert(plan.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

bool contains(const std::vector<Entry>& entries, const Entry& wanted)
{
    return std::ranges::any_of(entries, [&](const Entry& each) { return same_identity(each, wanted); });
}

bool is_strict(const std::string& own, const KernelView& kernel)
{
    const auto all = kernel.sysctl(IfName::all(), rp_filter).value_or("0");
    return std::max(all, own) == "1";
}

std::string usual_rp_filter(const KernelView& kernel)
{
    return kernel.sysctl(IfName::defaults(), rp_filter).value_or("0");
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

void await_addresses(Plan& plan, const IfName& device, const std::vector<Entry>& addresses)
{
    net::AwaitAddresses wait{device, {}, patience_for_addresses};
    for (const auto& address : addresses)
        if (address.family() == AF_INET6)
            wait.addresses.push_back(local_address(address));
    if (!wait.addresses.empty())
        plan.emplace_back(std::move(wait));
}

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
        return same_identity(each, route)
            && each.head<rtmsg>().rtm_protocol == route.head<rtmsg>().rtm_protocol;
    });
}

bool is_replaced_whole(const Entry& route)
{
    return route.family() == AF_INET6 && !route.hops.empty();
}

std::vector<Entry> routes_to_add(const DeviceState& state)
{
    const auto come_along = routes_that_come_along(state.addresses);
    std::vector<Entry> routes;
    for (const auto& route : state.routes)
        if (!has_nexthop_object(route) && !is_made_by_kernel(route, come_along))
            routes.push_back(route);
    std::stable_partition(
        routes.begin(), routes.end(), [](const Entry& route) { return !has_gateway(route); });
    return routes;
}

void solicit_routers(Plan& plan, const DeviceState& state, const IfName& device, bool when_undone)
{
    const bool has_learned = std::ranges::any_of(state.routes, &Entry::advertised)
        || std::ranges::any_of(state.addresses,
            [](const Entry& address) { return (flags_of(address) & IFA_F_MANAGETEMPADDR) != 0; });
    if (has_learned)
        plan.emplace_back(net::SolicitRouters{device, when_undone});
}

void remove_unwanted_routes(Plan& plan, const DeviceState& state)
{
    for (const auto& route : routes_that_come_along(state.addresses))
        if (!is_made_by_kernel(route, state.routes))
            plan.emplace_back(net::RemoveEntry{route});
}

void add_all(Plan& plan, const std::vector<Entry>& entries)
{
    for (const auto& entry : entries)
        plan.emplace_back(net::AddEntry{entry});
}

void remove_all(Plan& plan, const std::vector<Entry>& entries)
{
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
        plan.emplace_back(net::RemoveEntry{*entry});
}

void copy_neighbours(Plan& plan, const KernelView& kernel, const IfName& from_now, const IfName& to)
{
    for (const auto& each : kernel.entries(net::Table::neighbours, from_now)) {
        if (!is_learned(each))
            continue;
        auto neighbour = net::renamed(net::normalized(each), from_now, to);
        auto head = neighbour.head<ndmsg>();
        head.ndm_state = NUD_STALE;
        neighbour.set_head(head);
        plan.emplace_back(net::AddEntry{neighbour});
    }
}

} // namespace xen
