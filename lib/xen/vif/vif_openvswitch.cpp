#include "xen/vif/vif_openvswitch.h"

#include "base/error.h"
#include "base/text.h"
#include "net/bridge_words.h"
#include "xen/vif/device.h"
#include "xen/vif/external_ids.h"
#include "xen/vif/filter.h"
#include "xen/vif/mtu.h"
#include "xen/vif/port.h"
#include "xen/vif/port_effect.h"
#include "xen/vif/rate.h"
#include "xen/vif/vlan.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace xen {

namespace {

using net::IfName;
using net::KernelView;

void append(net::Plan& plan, net::Plan more)
{
    plan.insert(plan.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

net::BridgeWords bridge_words(const VifSettings& settings)
{
    if (auto words = settings.get("bridge", net::parse_bridge_words))
        return *std::move(words);
    throw base::Error("Could not find bridge, and none was specified");
}

// The first reading of bridge= that names a bridge.
std::pair<ovs::Bridge, net::Vlans> choose_bridge(
    const net::BridgeWords& words, const VifSettings& settings, const ovs::Sight& sight)
{
    for (const auto& reading : words.readings)
        if (const auto* const bridge = sight.find_bridge(reading.bridge.str()))
            return {*bridge, reading.vlans};
    refuse_bridge(*settings.find("bridge"), words.tag_fault);
}

// Frames without a tag and frames with one: native-untagged. With a tag alone Open vSwitch makes an access
// port of it, with trunks alone a trunk.
ovs::Membership membership(const net::Vlans& vlans, const VifSettings& settings)
{
    ovs::Membership result;
    for (const auto& vlan : vlans) {
        if (vlan.pvid)
            result.tag = vlan.id;
        else if (vlan.untagged)
            refuse(*settings.find("vlan"),
                "vlan=" + settings.find("vlan")->text + " has frames of VLAN " + std::to_string(vlan.id)
                    + " leave without a tag, which Open vSwitch does for the port's own VLAN only: take the "
                      "\"u\" out");
        else
            result.trunks.push_back(vlan.id);
    }
    if (result.tag && !result.trunks.empty())
        result.mode = "native-untagged";
    return result;
}

ovs::Membership choose_membership(
    const ovs::Bridge& bridge, const net::Vlans& named, const VifSettings& settings)
{
    const auto vlans = vlan_setting(settings, named);
    if (!bridge.fake_tag)
        return membership(vlans.value_or(net::Vlans()), settings);
    if (vlans)
        throw base::Error(bridge.name + " is a fake bridge, VLAN " + std::to_string(*bridge.fake_tag)
            + " of another: a guest there is in that VLAN alone, so take the VLANs out");
    return {.tag = bridge.fake_tag};
}

bool is_so(const ovs::Port& port, const ovs::Port& wanted)
{
    return port.taken && port.error.empty() && port.bridge.uuid == wanted.bridge.uuid
        && port.vlans == wanted.vlans && port.transient == wanted.transient
        && ovs::own_ids(port.ids) == wanted.ids;
}

unsigned usual_mtu(const ovs::Bridge& bridge, bool of_ovn, const VifSettings& settings, const net::Link& vif,
    const KernelView& kernel)
{
    if (of_ovn && settings.configuration().ovn_mtu)
        return *settings.configuration().ovn_mtu;
    const auto name = IfName::try_parse(bridge.name);
    const auto link = name ? kernel.find_link(*name) : std::nullopt;
    return link ? link->mtu : vif.mtu;
}

// A name that the kernel gave it is its own; a vifname may by now be another guest's.
std::vector<std::string> names_of(const Invocation& call, const VifSettings& settings,
    const std::optional<net::Link>& link, const KernelView& kernel)
{
    std::vector<std::string> names{call.device.str()};
    const auto add = [&](const IfName& name) {
        if (std::ranges::find(names, name.str()) == names.end())
            names.push_back(name.str());
    };
    if (link)
        add(link->name);
    const auto wanted = wanted_name(call, settings);
    const auto stranger = kernel.find_link(wanted);
    if (!stranger || is_device_of(call, *stranger))
        add(wanted);
    return names;
}

void warn_of_filter(VifPlan& plan, const VifSettings& settings, bool of_ovn)
{
    if (of_ovn || (!settings.find("ip") && !settings.configuration().mac_lock))
        return;
    plan.warnings.push_back(plan.device.str()
        + ": nothing holds a guest on a bridge of Open vSwitch to ip= and mac=; use vif-bridge, or OVN's "
          "port_security");
}

// The link as it shall be, still down if it was, or has to be: what is no port yet leads to dom0 itself.
void plan_link(VifPlan& plan, const Invocation& call, const VifSettings& settings, const VifDevice& device,
    bool joins, const KernelView& kernel)
{
    const auto& vif = device.link;
    auto change = changing(vif, device.wanted, *plan.mtu);
    if (vif.master && !is_datapath(*vif.master, kernel)) {
        change.to.master.emplace();
        change.from.master = bridge_of(vif, kernel);
    }
    const bool touched = change.to != net::LinkSettings{} || device.needs_rename() || joins;
    append(plan.steps, plan_filter_removal(call, kernel));
    if (touched && vif.up)
        plan.steps.emplace_back(net::ChangeLink{vif.name, {.up = false}, {.up = true}});
    append(plan.steps, plan_flush(vif.name, kernel));
    append(plan.steps, plan_rename(device));
    append(plan.steps, plan_no_link_local(vif, device.wanted));
    if (change.to != net::LinkSettings{})
        plan.steps.emplace_back(change);
    // vswitchd takes away what queue it finds when it takes a port over, and not again.
    plan.last_steps = plan_rate(call, settings, vif, device.wanted, *plan.mtu, kernel);
    if (touched || !vif.up)
        plan.last_steps.emplace_back(net::ChangeLink{device.wanted, {.up = true}, {.up = false}});
}

VifPlan plan_online(const Invocation& call, const VifSettings& settings, const KernelView& kernel,
    const std::shared_ptr<ovs::Switch>& ovs)
{
    const auto wanted = wanted_name(call, settings);
    const auto words = bridge_words(settings);
    std::vector<std::string> bridges;
    for (const auto& reading : words.readings)
        bridges.push_back(reading.bridge.str());
    std::vector<std::string> names{wanted.str()};
    if (call.device != wanted)
        names.push_back(call.device.str());
    const auto sight = ovs->look(bridges, names);
    const auto [bridge, named] = choose_bridge(words, settings, sight);
    const bool of_ovn = bridge.name == sight.ovn_bridge;
    ovs::Port port{.name = wanted.str(),
        .bridge = bridge,
        .vlans = choose_membership(bridge, named, settings),
        .transient = true,
        .ids = external_ids(call, settings)};

    const auto device = await_device(call, wanted, kernel);
    VifPlan plan{.device = wanted, .hook_variables = {{"bridge", bridge.name}}};
    plan.mtu = choose_mtu(
        settings, device.link, usual_mtu(bridge, of_ovn, settings, device.link, kernel), plan.remarks);
    warn_of_filter(plan, settings, of_ovn);
    const auto* const present = sight.find_port(wanted.str());
    plan_link(plan, call, settings, device, !present || present->bridge.uuid != bridge.uuid, kernel);
    if (call.device != wanted && sight.find_port(call.device.str()))
        plan.effects.push_back(
            std::make_unique<PortRemoval>(ovs, std::vector<std::string>{call.device.str()}));
    if (!present || !is_so(*present, port))
        plan.effects.push_back(std::make_unique<PortEffect>(ovs, std::move(port),
            present ? std::optional(*present) : std::nullopt,
            of_ovn ? settings.configuration().ovn_wait : OvnWait::off));
    return plan;
}

VifPlan plan_offline(const Invocation& call, const VifSettings& settings, const KernelView& kernel,
    std::shared_ptr<ovs::Switch> ovs)
{
    auto plan = plan_port_offline(call, settings, kernel);
    const auto link = find_device(call, wanted_name(call, settings), kernel);
    plan.effects.push_back(
        std::make_unique<PortRemoval>(std::move(ovs), names_of(call, settings, link, kernel)));
    return plan;
}

} // namespace

VifPlan plan_vif_openvswitch(const Invocation& call, const VifSettings& settings, const KernelView& kernel,
    std::shared_ptr<ovs::Switch> ovs)
{
    return call.going_up() ? plan_online(call, settings, kernel, ovs)
                           : plan_offline(call, settings, kernel, std::move(ovs));
}

} // namespace xen
