// Finding the interface of a call, whose name the kernel chose and vifname may have changed.
#pragma once

#include "net/kernel.h"
#include "net/plan.h"
#include "xen/call/invocation.h"

#include <chrono>

namespace xen {

// The device as it is now, and as it is to be called.
struct VifDevice {
    net::Link link;
    net::IfName wanted;
    net::IfName known_as; // by the kernel, and whoever asks for it again

    bool needs_rename() const { return link.name != wanted; }
};

// netback may be late under load (a device that does not come is an error after this).
constexpr std::chrono::seconds patience_for_device{5};

// Whether the link is provably the interface of the call, and no host's nor other guest's: the driver says
// so, or our alias, or a name that only the kernel or QEMU gives. A name that the guest's configuration
// chose, as vifname, proves nothing.
bool is_device_of(const Invocation&, const net::Link&);

// For going up: waits for the device. A device that an earlier call renamed is known by its alias,
// which is the kernel's name for it. Throws base::Error if it does not come, or if the wanted name
// belongs to another interface.
VifDevice await_device(const Invocation&, const net::IfName& wanted, const net::KernelView&);

// For going down: nothing if the device is gone already. One that somebody has renamed since is found by what
// is on record of its filter.
std::optional<net::Link> find_device(const Invocation&, const net::IfName& wanted, const net::KernelView&);

// The steps that give the device its wanted name and note the kernel's as its alias.
net::Plan plan_rename(const VifDevice&);

// What a guest that has to go must at least lose, whatever else is in the way: the link goes down, and off
// its bridge.
net::Plan plan_disconnection(const net::Link&, const net::KernelView&);

} // namespace xen
