// The settings of a bridge's port.
#pragma once

#include "net/bridge_port.h"
#include "netlink/route_socket.h"

namespace netlink {

// Throws SystemError. What the kernel is too old for it leaves as it is.
void change_port(RouteSocket&, const net::IfName& port, int index, const net::PortSettings& to,
    const net::PortSettings& from);

} // namespace netlink
