// What the vif programs have in common that route to a guest instead of bridging it.
#pragma once

#include "net/ip_prefix.h"
#include "xen/vif/plan.h"

#include <sys/socket.h>

#include <vector>

namespace xen {

// The two sides of a guest's interface.
struct RoutedSides {
    std::vector<net::IpAddress> own = {}; // what dom0 is called there
    std::vector<net::IpPrefix> guest = {}; // what is routed there
    std::uint32_t group = 0; // of the link, by which network-nat's rules know its kind
};

// The guest's gateway for IPv6, the same for every guest: it is known on the one link only.
constexpr net::IpAddress ipv6_gateway{AF_INET6, {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

// Whether the interface can have IPv6 addresses.
bool has_ipv6(const net::KernelView&, const net::IfName& device);

// Names and wakes the interface, gives dom0 its addresses on it, and no others, and lays the routes; what is
// so already is left alone, and what an earlier call with other addresses left is taken away. The routes of
// the emulated card have the better metric, so that it is used as long as it is there.
VifPlan plan_routed_online(const Invocation&, const VifSettings&, const net::KernelView&, const RoutedSides&);

// Takes routes, addresses and settings away and the link down; does nothing if the interface is gone.
VifPlan plan_routed_offline(const Invocation&, const VifSettings&, const net::KernelView&);

// Adds a step that sets the device's setting, unless it has the value. `called` is the device's
// name when the step is carried out.
void plan_sysctl(net::Plan&, const net::KernelView&, const net::IfName& device, const net::IfName& called,
    const std::string& key, const std::string& value);

} // namespace xen
