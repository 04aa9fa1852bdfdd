// The pieces from which the plans there and back are made.
#pragma once

#include "net/plan.h"
#include "xen/bridge/device_state.h"

#include <string>
#include <vector>

namespace xen {

inline constexpr const char* rp_filter = "ipv4/conf/rp_filter";
inline constexpr const char* loose = "2";

void append(net::Plan&, net::Plan more);

// Whether one of the entries is the same thing to the kernel (net::same_identity()).
bool contains(const std::vector<net::Entry>&, const net::Entry& wanted);

// What a device's reverse-path filter amounts to: the stricter of its own and that of "all".
bool is_strict(const std::string& own, const net::KernelView&);

// The filter of a new device, and the one that the state tells.
std::string usual_rp_filter(const net::KernelView&);
std::string rp_filter_of(const DeviceState&, const net::KernelView&);

// IFA_FLAGS
std::uint32_t flags_of(const net::Entry& address);

// So ordered that the kernel ends with the same order: it appends IPv4 addresses and prepends IPv6
// ones. Without duplicate detection, since the addresses were in use a moment ago, and with the
// flags that they had.
net::Plan adding_addresses(const std::vector<net::Entry>&);

// Before the addresses go from the other device, lest there be a moment without them.
void await_addresses(net::Plan&, const net::IfName& device, const std::vector<net::Entry>& addresses);

// The routes that the kernel makes when it gets the addresses.
std::vector<net::Entry> routes_that_come_along(const std::vector<net::Entry>& addresses);

bool is_made_by_kernel(const net::Entry& route, const std::vector<net::Entry>& come_along);

// IPv6 keeps the hops of one destination and metric together, so that a second route beside the
// first would be merged into it: such a route is replaced in one stroke.
bool is_replaced_whole(const net::Entry& route);

// The routes to be made by hand, those that others lead through first. Routes through a nexthop
// object go where the object goes.
std::vector<net::Entry> routes_to_add(const DeviceState&);

// Asks for advertisements where the kernel keeps anything that it learned from one.
void solicit_routers(net::Plan&, const DeviceState&, const net::IfName& device, bool when_undone);

// Removes what the kernel makes with an address although the administrator had removed it.
void remove_unwanted_routes(net::Plan&, const DeviceState&);

void add_all(net::Plan&, const std::vector<net::Entry>&);
void remove_all(net::Plan&, const std::vector<net::Entry>&); // the last first

// Neighbours that were learned spare the first packets a wait, and the incomplete ones a second.
void copy_neighbours(net::Plan&, const net::KernelView&, const net::IfName& from_now, const net::IfName& to);

} // namespace xen
