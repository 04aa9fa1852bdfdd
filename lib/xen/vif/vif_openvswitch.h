// vif-openvswitch: makes a guest's interface a port of a bridge of Open vSwitch.
#pragma once

#include "ovs/switch.h"
#include "xen/vif/plan.h"

#include <memory>

namespace xen {

// Throws base::Error or UsageError if it cannot work; nothing has been changed then. Going up it looks into
// the database; going down not, so that the link goes down whatever the database does.
VifPlan plan_vif_openvswitch(
    const Invocation&, const VifSettings&, const net::KernelView&, std::shared_ptr<ovs::Switch>);

} // namespace xen
