// All that the host's network has on one device, and that moves when the device's place is taken
// by a bridge.
#pragma once

#include "net/kernel.h"

#include <vector>

namespace xen {

struct DeviceState {
    net::Link link;
    std::vector<net::Entry> addresses = {}; // in the kernel's order, normalized
    std::vector<net::Entry> routes = {}; // without those of table local that the kernel makes by itself
    std::vector<net::Entry> neighbours = {}; // permanent and proxy entries
    std::vector<net::Entry> rules = {};
    std::vector<net::Entry> nexthops = {};
    std::vector<net::Mac> groups = {};
    net::Sysctls sysctls = {}; // see settings_of()

    bool operator==(const DeviceState&) const = default;
};

// Reads all but the sysctls, which are some hundred files. Throws SystemError(ENODEV) if there is
// no such device.
DeviceState look_at(const net::KernelView&, const net::IfName& device);

// The settings of the device that differ from what a new device has.
net::Sysctls settings_of(const net::KernelView&, const net::IfName& device);

// The same things on another device: every name in it changed.
DeviceState renamed(const DeviceState&, const net::IfName& from, const net::IfName& to);

} // namespace xen
