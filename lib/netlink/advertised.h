// What the kernel learns from the advertisements of routers (RFC 4861) and goes on keeping.
#pragma once

#include "net/entry.h"

#include <vector>

namespace netlink {

// Netlink does not tell which routes these are: the flags in /proc/net/ipv6_route do. That is read only where
// an IPv6 default route has a lifetime.
void mark_advertised(std::vector<net::Entry>& routes);

// Of the kinds of request only the old ioctl takes those flags, without which the kernel does not know the
// route for its own at the next advertisement, and drops that. A metric of one more than its own makes it put
// its own, whole, in the place of ours then. No error if the route is there. Throws SystemError.
void add_advertised(const net::Entry& route, int device_index);

// The route that removes it, ours or the kernel's.
net::Entry request_to_remove_advertised(net::Entry route);

// Asks the routers behind the device to advertise themselves now. They do so anyway, only later: so nothing
// is thrown where it cannot be asked.
void solicit_routers(const net::IfName& device);

} // namespace netlink
