// vif-route: makes a guest a host of its own behind dom0, which routes to it and answers for it
// on the network beyond.
#pragma once

#include "xen/vif/plan.h"

namespace xen {

// Throws base::Error or UsageError if it cannot work; nothing has been changed then.
VifPlan plan_vif_route(const Invocation&, const VifSettings&, const net::KernelView&);

} // namespace xen
