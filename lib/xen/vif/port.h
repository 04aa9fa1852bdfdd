// What the interfaces on all kinds of bridges have in common.
#pragma once

#include "xen/vif/plan.h"

namespace xen {

// The address of every interface that leads to a guest: unusual, and higher than any card's, so
// that no bridge takes it for its own.
constexpr net::Mac port_mac{{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff}};

// The bridge of Linux that the link is a port of, by its name.
std::optional<net::IfName> bridge_of(const net::Link& port, const net::KernelView&);

// Whether the master is Open vSwitch's: no bridge, and no port leaves it but by the database.
bool is_datapath(int master, const net::KernelView&);

// Only what differs, so that a second call changes nothing: MAC address and MTU.
net::ChangeLink changing(const net::Link&, const net::IfName& called, unsigned mtu);

// To come before a renaming, which changes the labels of addresses (inetdev_changename() in Linux). A new
// IPv4 address is listed last, a new IPv6 address first: taken away in the reverse, they come back as they
// were.
net::Plan plan_flush(const net::IfName& device, const net::KernelView&);

// Guests talk to dom0 through the bridge; a link-local address on each port would be the same everywhere.
net::Plan plan_no_link_local(const net::Link&, const net::IfName& called);

// The way down of an interface on whatever bridge of Linux, there or not.
VifPlan plan_port_offline(const Invocation&, const VifSettings&, const net::KernelView&);

} // namespace xen
