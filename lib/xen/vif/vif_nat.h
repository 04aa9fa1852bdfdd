// vif-nat: gives a guest an address that nobody has to hand out, behind dom0.
#pragma once

#include "xen/vif/plan.h"

namespace xen {

// Throws base::Error or UsageError if it cannot work; nothing has been changed then.
VifPlan plan_vif_nat(const Invocation&, const VifSettings&, const net::KernelView&);

} // namespace xen
