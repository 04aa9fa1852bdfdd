// vlan=, and what bridge= says besides the bridge: the VLANs of its bridge that a guest is in.
#pragma once

#include "net/kernel.h"
#include "net/plan.h"
#include "xen/call/invocation.h"

#include <optional>

namespace xen {

// The VLANs that vlan= names, or bridge= (`named`); nothing if neither does. Refuses what is none, with the
// term that is wrong, and both of them at once.
std::optional<net::Vlans> vlan_setting(const VifSettings&, const net::Vlans& named);

// Refuses bridge= because there is no such bridge, by whichever way it is read.
[[noreturn]] void refuse_bridge(const Setting& bridge, const std::optional<std::string>& tag_fault);

// The bridge has to keep VLANs apart. Where it does not, a step switches that on if the
// configuration allows it; else throws base::Error with the cure.
net::Plan plan_vlan_awareness(const net::Vlans&, const net::Link& bridge, const VifSettings&);

// For a port that has joined the bridge (`vif` as it was before): it is in these VLANs and in no others.
net::Plan plan_vlans(const net::Vlans&, const net::Link& bridge, const net::Link& vif,
    const net::IfName& called, const net::KernelView&);

// For an interface that is on no bridge: refuses the setting, which would be without effect.
void refuse_vlan(const VifSettings&, const std::string& why);

} // namespace xen
