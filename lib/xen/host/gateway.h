// The device that leads from the host to the network beyond, and its address there.
#pragma once

#include "net/kernel.h"

#include <optional>

namespace xen {

// The device's first address that a guest may know the host by; nothing if there is none, or no
// such device.
std::optional<net::IpAddress> main_address(const net::KernelView&, const net::IfName& device, int family);

// The device that was asked for, else eth0, else (where eth0 has no address, or devices have other
// names) the one with the default route. It need not exist: then it is eth0.
net::IfName gateway_device(const std::optional<net::IfName>& asked, const net::KernelView&, int family);

} // namespace xen
