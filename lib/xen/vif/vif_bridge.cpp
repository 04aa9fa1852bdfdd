#include "xen/vif/vif_bridge.h"

#include "base/error.h"
#include "base/text.h"
#include "net/bridge_words.h"
#include "xen/vif/device.h"
#include "xen/vif/filter.h"
#include "xen/vif/mtu.h"
#include "xen/vif/port.h"
#include "xen/vif/rate.h"
#include "xen/vif/vlan.h"

#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace xen {

namespace {

using net::IfName;
using net::KernelView;
using net::Link;

Link only_bridge(const KernelView& kernel)
{
    const auto bridges = kernel.bridges();
    if (bridges.empty())
        throw base::Error("Could not find bridge, and none was specified");
    if (bridges.size() == 1)
        return bridges.front();
    std::vector<std::string> names;
    for (const auto& bridge : bridges)
        names.push_back(bridge.name.str());
    throw base::Error("Could not find bridge, and none was specified: there are several ("
        + base::join(names, ", ") + "), say which with bridge=");
}

// Hosts whose bridge took the name of the NIC (Xen 3.2 to 4.4) have an eth0 where a guest asks for xenbr0.
std::optional<Link> bridge_named_like_its_nic(const net::DeviceName& name, const KernelView& kernel)
{
    constexpr std::string_view prefix = "xenbr";
    if (!name.str().starts_with(prefix))
        return std::nullopt;
    const auto other = IfName::try_parse("eth" + name.str().substr(prefix.size()));
    auto link = other ? kernel.find_link(*other) : std::nullopt;
    return link && link->is_bridge() ? link : std::nullopt;
}

struct ChosenBridge {
    Link link;
    net::Vlans vlans = {}; // that bridge= names
};

std::optional<ChosenBridge> find_bridge(const net::BridgeReading& reading, const KernelView& kernel)
{
    auto link = kernel.find_device(reading.bridge);
    if (!link)
        link = bridge_named_like_its_nic(reading.bridge, kernel);
    return link ? std::optional(ChosenBridge{*std::move(link), reading.vlans}) : std::nullopt;
}

ChosenBridge choose_bridge(const VifSettings& settings, const KernelView& kernel)
{
    const auto words = settings.get("bridge", net::parse_bridge_words);
    if (!words)
        return {only_bridge(kernel)};
    std::optional<ChosenBridge> found;
    for (const auto& reading : words->readings)
        if (!found || !found->link.is_bridge()) // eth0.10 may be a VLAN device beside a bridge eth0
            if (auto next = find_bridge(reading, kernel); next && (!found || next->link.is_bridge()))
                found = std::move(next);
    if (!found)
        refuse_bridge(*settings.find("bridge"), words->tag_fault);
    if (!found->link.is_bridge())
        throw base::Error(
            found->link.name.str() + " is not a bridge: a guest's interface cannot become a port of it");
    return *std::move(found);
}

// Only what differs, so that a second call changes nothing.
net::ChangeLink joining(
    const Link& vif, const IfName& name, const Link& bridge, unsigned mtu, const KernelView& kernel)
{
    auto change = changing(vif, name, mtu);
    if (vif.master != bridge.index) {
        change.to.master = bridge.name;
        change.from.master = bridge_of(vif, kernel);
    }
    if (!vif.up) {
        change.to.up = true;
        change.from.up = false;
    }
    return change;
}

bool is_null(const net::Mac& mac)
{
    return mac == net::Mac{};
}

void append(net::Plan& plan, net::Plan more)
{
    plan.insert(plan.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// A bridge whose MAC address somebody has set keeps it, and one follows the smallest MTU of its ports.
bool may_drag_along(const Link& bridge, unsigned mtu, const KernelView& kernel)
{
    return mtu != bridge.mtu || !kernel.keeps_mac(bridge.name);
}

// The port joins, and is as it shall be before it is up.
void plan_join(net::Plan& plan, net::ChangeLink join, net::Plan settings, const Link& bridge, unsigned mtu,
    const KernelView& kernel)
{
    net::ChangeLink wake{join.link, {}, {}};
    if (!settings.empty() && join.to.up) {
        std::swap(wake.to.up, join.to.up);
        std::swap(wake.from.up, join.from.up);
    }
    if (join.to != net::LinkSettings{})
        plan.emplace_back(join);
    if ((join.to.master || join.to.mtu) && may_drag_along(bridge, mtu, kernel))
        plan.emplace_back(net::HoldBridge{
            bridge.name, is_null(bridge.mac) ? std::nullopt : std::optional(bridge.mac), bridge.mtu});
    append(plan, std::move(settings));
    if (wake.to != net::LinkSettings{})
        plan.emplace_back(wake);
}

void remark(VifPlan& plan, const net::ChangeLink& join, const Link& bridge)
{
    const auto& name = plan.device.str();
    plan.remarks.push_back(bridge.name.str() + " MTU is " + std::to_string(bridge.mtu));
    if (join.to.mtu)
        plan.remarks.push_back("setting " + name + " MTU to " + std::to_string(*plan.mtu));
    plan.remarks.push_back(join.to.master ? "adding " + name + " to bridge " + bridge.name.str()
                                          : name + " already on bridge " + bridge.name.str());
}

VifPlan plan_online(const Invocation& call, const VifSettings& settings, const KernelView& kernel)
{
    const auto wanted = wanted_name(call, settings);
    const auto [bridge, named] = choose_bridge(settings, kernel);
    const auto vlans = vlan_setting(settings, named);
    const auto device = await_device(call, wanted, kernel);
    const auto& vif = device.link;
    VifPlan plan{.device = wanted, .hook_variables = {{"bridge", bridge.name.str()}}};
    plan.mtu = choose_mtu(settings, vif, bridge.mtu, plan.remarks);
    if (vlans)
        append(plan.steps, plan_vlan_awareness(*vlans, bridge, settings));
    append(plan.steps, plan_filter(call, settings, vif, bridge.name, filter_options(settings), kernel));

    auto join = joining(vif, wanted, bridge, *plan.mtu, kernel);
    const bool touched = join.to != net::LinkSettings{} || device.needs_rename();
    if (touched && vif.up) { // some drivers refuse a new address, and kernels before 6.2 a new name, while up
        plan.steps.emplace_back(net::ChangeLink{vif.name, {.up = false}, {.up = true}});
        join.to.up = true;
        join.from.up = false;
    }
    append(plan.steps, plan_flush(vif.name, kernel));
    append(plan.steps, plan_rename(device));
    append(plan.steps, plan_rate(call, settings, vif, wanted, *plan.mtu, kernel));
    append(plan.steps, plan_no_link_local(vif, wanted));
    auto port_settings = vlans ? plan_vlans(*vlans, bridge, vif, wanted, kernel) : net::Plan();
    if (join.to.up) // one that is up has been told
        append(port_settings, plan_port_protection(call, settings, wanted, kernel));
    plan_join(plan.steps, join, std::move(port_settings), bridge, *plan.mtu, kernel);
    remark(plan, join, bridge);
    return plan;
}

} // namespace

VifPlan plan_vif_bridge(const Invocation& call, const VifSettings& settings, const net::KernelView& kernel)
{
    return call.going_up() ? plan_online(call, settings, kernel) : plan_port_offline(call, settings, kernel);
}

} // namespace xen
