// The VLAN table of a bridge's port.
#pragma once

#include "net/vlan.h"
#include "netlink/route_socket.h"

#include "net/types.h"

namespace netlink {

// Those of `from` that `to` has not are removed, then those of `to` are added.
void change_vlans(
    RouteSocket&, const net::IfName& port, int index, const net::Vlans& to, const net::Vlans& from);

// None where the kernel keeps no VLANs.
net::Vlans read_vlans(RouteSocket&, int index);

} // namespace netlink
