#include "xen/vif/port.h"

#include "xen/vif/device.h"
#include "xen/vif/filter.h"
#include "xen/vif/rate.h"

#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace xen {

namespace {

using net::IfName;
using net::KernelView;
using net::Link;

void append(net::Plan& plan, net::Plan more)
{
    plan.insert(plan.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

} // namespace

std::optional<IfName> bridge_of(const Link& port, const KernelView& kernel)
{
    if (port.master)
        for (const auto& bridge : kernel.bridges())
            if (bridge.index == *port.master)
                return bridge.name;
    return std::nullopt;
}

bool is_datapath(int master, const KernelView& kernel)
{
    const auto link = kernel.find_link(master);
    return link && link->kind == "openvswitch";
}

net::ChangeLink changing(const Link& link, const IfName& called, unsigned mtu)
{
    net::ChangeLink change{called, {}, {}};
    if (link.mac != port_mac) {
        change.to.mac = port_mac;
        change.from.mac = link.mac;
    }
    if (link.mtu != mtu) {
        change.to.mtu = mtu;
        change.from.mtu = link.mtu;
    }
    return change;
}

net::Plan plan_flush(const IfName& device, const KernelView& kernel)
{
    net::Plan plan;
    auto addresses = kernel.entries(net::Table::addresses, device);
    const auto ipv6 = std::stable_partition(
        addresses.begin(), addresses.end(), [](const net::Entry& each) { return each.family() == AF_INET; });
    std::reverse(addresses.begin(), ipv6);
    for (auto& address : addresses)
        plan.emplace_back(net::RemoveEntry{normalized(std::move(address))});
    return plan;
}

net::Plan plan_no_link_local(const Link& link, const IfName& called)
{
    if (!link.addr_gen_mode || *link.addr_gen_mode == net::AddrGenMode::none)
        return {};
    return {net::ChangeLink{
        called, {.addr_gen_mode = net::AddrGenMode::none}, {.addr_gen_mode = link.addr_gen_mode}}};
}

VifPlan plan_port_offline(const Invocation& call, const VifSettings& settings, const KernelView& kernel)
{
    const auto wanted = wanted_name(call, settings);
    const auto bridge = settings.find("bridge");
    const auto bridge_name = bridge ? bridge->text : std::string();
    VifPlan plan{.device = wanted, .hook_variables = {{"bridge", bridge_name}}};
    const auto link = find_device(call, wanted, kernel);
    if (!link) {
        plan.remarks.push_back(wanted.str() + " is gone already");
        plan.steps = plan_rate_removal(call, nullptr, kernel);
        append(plan.steps, plan_filter_removal_of_gone(call, kernel));
        return plan;
    }
    plan.device = link->name;
    net::ChangeLink leaving{link->name, {}, {}};
    if (link->up)
        leaving.to.up = false;
    const bool leaves = link->master && !is_datapath(*link->master, kernel);
    if (leaves)
        leaving.to.master.emplace();
    if (leaving.to != net::LinkSettings{})
        plan.steps.emplace_back(leaving);
    append(plan.steps, plan_rate_removal(call, &*link, kernel));
    append(plan.steps, plan_filter_removal(call, kernel));
    plan.remarks.push_back(
        link->name.str() + (leaves ? " leaves its bridge" : " not on bridge " + bridge_name));
    return plan;
}

} // namespace xen
