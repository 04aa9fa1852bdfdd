// What only /sys and /proc tell of the host.
#pragma once

#include "net/types.h"

#include <optional>

namespace xen {

// Wireless cards send only frames of their own address: they cannot be bridged.
bool is_wireless(const net::IfName&);

// The address of the server that holds the root file system (NFS, or iSCSI), if any does.
std::optional<net::IpAddress> root_server();

} // namespace xen
