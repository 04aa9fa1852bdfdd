// vif-bridge: makes a guest's interface a port of a bridge.
#pragma once

#include "xen/vif/plan.h"

namespace xen {

// Throws base::Error or UsageError if it cannot work; nothing has been changed then.
VifPlan plan_vif_bridge(const Invocation&, const VifSettings&, const net::KernelView&);

} // namespace xen
