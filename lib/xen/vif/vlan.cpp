#include "xen/vif/vlan.h"

#include "base/error.h"

namespace xen {

std::optional<net::Vlans> vlan_setting(const VifSettings& settings, const net::Vlans& named)
{
    auto vlans = settings.get("vlan", net::parse_vlans);
    if (vlans && !named.empty())
        refuse(*settings.find("vlan"),
            "vlan=" + settings.find("vlan")->text + " and bridge=" + settings.find("bridge")->text
                + " both name VLANs: take them out of one of the two");
    return named.empty() ? vlans : named;
}

void refuse_bridge(const Setting& bridge, const std::optional<std::string>& tag_fault)
{
    throw base::Error("Could not find bridge device " + bridge.text
        + (tag_fault ? ", which is no VLAN of a bridge either: " + *tag_fault : ""));
}

net::Plan plan_vlan_awareness(const net::Vlans& vlans, const net::Link& bridge, const VifSettings& settings)
{
    if (bridge.vlan_filtering)
        return {};
    const auto& name = bridge.name.str();
    if (!bridge.knows_vlans)
        throw base::Error("the guest is to be in VLAN " + to_string(vlans)
            + ", but this kernel's bridges do not keep "
              "VLANs apart: take one that was built with CONFIG_BRIDGE_VLAN_FILTERING, or take vlan= out");
    if (!settings.configuration().switch_vlan_filtering_on)
        throw base::Error("the guest is to be in VLAN " + to_string(vlans) + ", but the bridge " + name
            + " does not keep VLANs apart: have it do so with \"ip link set dev " + name
            + " type bridge vlan_filtering 1\", or allow it with \"switch-vlan-filtering-on\": true in "
              "/etc/xen/dom0net.json");
    return {net::ChangeLink{bridge.name, {.vlan_filtering = true}, {.vlan_filtering = false}}};
}

net::Plan plan_vlans(const net::Vlans& vlans, const net::Link& bridge, const net::Link& vif,
    const net::IfName& called, const net::KernelView& kernel)
{
    net::Vlans present;
    if (vif.master == bridge.index)
        present = kernel.vlans(vif);
    else if (bridge.default_vlan != 0)
        present = {{bridge.default_vlan, true, true}};
    if (present == vlans)
        return {};
    return {net::SetVlans{called, vlans, present}};
}

void refuse_vlan(const VifSettings& settings, const std::string& why)
{
    if (const auto setting = settings.find("vlan"))
        refuse(*setting, "vlan " + setting->text + " cannot be: " + why);
}

} // namespace xen
