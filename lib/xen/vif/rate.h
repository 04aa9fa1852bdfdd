// rate=: how fast a guest may send, and be sent to.
//
// netback holds what comes from a vif to the rate by itself. What it does not do is done here: what
// comes from the emulated card, and, if the configuration says so, what goes to either.
#pragma once

#include "net/kernel.h"
#include "net/plan.h"
#include "xen/call/invocation.h"

namespace xen {

// For the device that is there, up or not; `called` is its name when the steps are carried out.
// Changes nothing where the limits are so already. Refuses a rate that is none.
net::Plan plan_rate(const Invocation&, const VifSettings&, const net::Link& device, const net::IfName& called,
    unsigned mtu, const net::KernelView&);

// Also when the device (null then) is gone.
net::Plan plan_rate_removal(const Invocation&, const net::Link* device, const net::KernelView&);

// Whose emulated card the device of that name holds to its rate: "ifb5.0".
std::optional<VifId> limiter_id_of(const std::string& name);

} // namespace xen
