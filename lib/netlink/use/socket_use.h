// Sockets that are bound to a device.
#pragma once

#include "net/card_use.h"

#include <vector>

namespace netlink {

// Those of IPv4 and IPv6 (SO_BINDTODEVICE, or a link-local peer), and packet sockets; of the first so many.
// Throws SystemError.
std::vector<net::SocketUse> bound_sockets(int index);

} // namespace netlink
