// The filter of a guest's interface, as a part of what the vif programs plan.
#pragma once

#include "net/kernel.h"
#include "net/plan.h"
#include "xen/call/invocation.h"

#include <optional>

namespace xen {

// What the configuration says of filters.
struct FilterOptions {
    bool mac_lock = false; // guests without `ip` keep to their MAC address
    // Any link-local address may be used, not only that of the MAC address: weaker, for guests that
    // choose theirs at random. Which of them is whose cannot be checked then.
    bool any_link_local = false;
};

FilterOptions filter_options(const VifSettings&);

// The first steps on the way up, so that the filter is there before the link is up: with `ip`, or
// with what the configuration or a guarded bridge asks for; else that there is none. `bridge` is
// the one that the interface becomes a port of, absent for one whose packets dom0 routes. Refuses
// an `ip` or `mac` that makes no sense, and an `ip` without a `mac`.
net::Plan plan_filter(const Invocation&, const VifSettings&, const net::Link& device,
    const std::optional<net::IfName>& bridge, const FilterOptions&, const net::KernelView&);

// A second belt, which holds even where nftables is flushed: what the configuration has the bridge do
// with its new port. To come when the port has its VLANs, and before it is up. None if it says nothing.
net::Plan plan_port_protection(
    const Invocation&, const VifSettings&, const net::IfName& port, const net::KernelView&);

// The last steps on the way down, when the link is down.
net::Plan plan_filter_removal(const Invocation&, const net::KernelView&);

// The same when there is no such interface any more. The filter of one that is up all the same, under a name
// and without a sign that would tell whose it is, stays.
net::Plan plan_filter_removal_of_gone(const Invocation&, const net::KernelView&);

// antispoof=yes: to the card, and to those guests that vif-bridge brought online, the bridge
// forwards nothing that comes from other ports. The card's step also tells vif-bridge that ports of
// this bridge are to be admitted.
net::Plan plan_guard(const net::IfName& bridge, const net::Link& card, const net::KernelView&);
net::Plan plan_guard_removal(const net::IfName& bridge, const net::KernelView&);

// Removes the filters of interfaces that are gone.
net::Plan plan_filter_collection(const net::KernelView&);

} // namespace xen
