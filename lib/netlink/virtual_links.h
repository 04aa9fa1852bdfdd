// Links that tunnels are made of.
#pragma once

#include "net/step.h"
#include "netlink/message.h"

namespace netlink {

// By ioctl on /dev/net/tun: rtnetlink makes no taps. Throws SystemError.
void create_tap(const net::CreateTap&);

Message vxlan_message(const net::CreateVxlan&, int device_index);

} // namespace netlink
