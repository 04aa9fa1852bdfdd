// vlan=: the VLANs of its bridge that a guest is in.
#pragma once

#include "net/kernel.h"
#include "net/plan.h"
#include "xen/call/invocation.h"

#include <optional>

namespace xen {

// The setting; nothing if there is none. Refuses what is none, with the term that is wrong.
std::optional<net::Vlans> vlan_setting(const VifSettings&);

// The bridge has to keep VLANs apart. Where it does not, a step switches that on if the
// configuration allows it; else throws base::Error with the cure.
net::Plan plan_vlan_awareness(const net::Vlans&, const net::Link& bridge, const VifSettings&);

// For a port that has joined the bridge (`vif` as it was before): it is in these VLANs and in no others.
net::Plan plan_vlans(const net::Vlans&, const net::Link& bridge, const net::Link& vif,
    const net::IfName& called, const net::KernelView&);

// For an interface that is on no bridge: refuses the setting, which would be without effect.
void refuse_vlan(const VifSettings&, const std::string& why);

} // namespace xen
