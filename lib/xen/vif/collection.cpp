#include "xen/vif/collection.h"

#include "base/error.h"
#include "net/make_entry.h"
#include "xen/call/invocation.h"
#include "xen/vif/filter.h"
#include "xen/vif/nat_addresses.h"
#include "xen/vif/rate.h"
#include "xen/vif/turn.h"

#include <algorithm>
#include <cerrno>

namespace xen {

namespace {

using net::IfName;
using net::KernelView;
using net::Link;

using VifIds = std::vector<VifId>;

// A renamed interface bears the kernel's name as its alias.
VifIds present_vifs(const std::vector<Link>& links)
{
    VifIds ids;
    for (const auto& link : links)
        for (const auto& name : {link.name.str(), link.alias})
            if (const auto id = vif_id_of(name))
                ids.push_back(*id);
    return ids;
}

bool is_present(const VifIds& ids, const VifId& id)
{
    return std::ranges::find(ids, id) != ids.end();
}

net::Plan plan_limiters(const std::vector<Link>& links, const VifIds& present)
{
    net::Plan plan;
    for (const auto& link : links) {
        if (link.kind != "ifb")
            continue;
        const auto id = limiter_id_of(link.name.str());
        if (id && !is_present(present, *id))
            plan.emplace_back(net::DeleteLink{link.name});
    }
    return plan;
}

bool leads_to_guest(const KernelView& kernel, const net::IpAddress& address)
{
    const auto device = kernel.device_towards(address);
    return device && std::ranges::any_of(kernel.entries(net::Table::routes, *device), net::is_own_route);
}

void plan_neighbours(net::Plan& plan, const KernelView& kernel, const IfName& device)
{
    for (const auto& entry : kernel.entries(net::Table::neighbours, device))
        if (net::is_own_proxy(entry) && !leads_to_guest(kernel, net::neighbour_address(entry)))
            plan.emplace_back(net::RemoveEntry{net::normalized(entry)});
}

net::Plan plan_neighbours(const KernelView& kernel, const std::vector<Link>& links)
{
    net::Plan plan;
    for (const auto& link : links) {
        try {
            plan_neighbours(plan, kernel, link.name);
        } catch (const base::SystemError& error) {
            if (error.code != ENODEV) // it went while we looked
                throw;
        }
    }
    return plan;
}

void remove_filter(const net::Filter& found, net::Kernel& kernel, const std::string& turns)
{
    const auto now = Turn::Clock::now();
    const Turn turn(turns, found.owner, now, now + Turn::patience);
    if (kernel.find_filter(found.owner) == found)
        kernel.apply(net::RemoveFilter{found.owner, found});
}

} // namespace

std::vector<std::string> remove_remains(const Remains& remains, net::Kernel& kernel, const std::string& turns)
{
    std::vector<std::string> failures;
    for (const auto& step : remains.filters) {
        try {
            remove_filter(std::get<net::RemoveFilter>(step).from.value(), kernel, turns);
        } catch (const base::Error& error) {
            failures.emplace_back(error.what());
        }
    }
    for (const auto* const some : {&remains.limiters, &remains.neighbours})
        for (auto& failure : net::carry_out_anyway(*some, kernel))
            failures.push_back(std::move(failure));
    return failures;
}

net::Plan Remains::steps() const
{
    auto all = filters;
    for (const auto* const some : {&limiters, &neighbours})
        all.insert(all.end(), some->begin(), some->end());
    return all;
}

Remains find_remains(const KernelView& kernel, const std::vector<std::string>& dhcp_hosts)
{
    const auto links = kernel.links();
    const auto present = present_vifs(links);
    Remains remains{.filters = plan_filter_collection(kernel),
        .limiters = plan_limiters(links, present),
        .neighbours = plan_neighbours(kernel, links)};
    for (const auto& host : dhcp_hosts)
        if (const auto id = id_of_nat_host(host); id && !is_present(present, *id))
            remains.dhcp_hosts.push_back(host);
    return remains;
}

} // namespace xen
