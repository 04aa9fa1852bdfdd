// network-bridge's library with the real kernel and the real records behind it: for network-bridge
// and for dom0net.
#pragma once

#include "netlink/kernel.h"
#include "xen/bridge/network_bridge.h"

namespace tool {

struct BridgeTool {
    BridgeTool();

    netlink::Kernel kernel;
    xen::BridgeRecords records;
    xen::NetworkBridge bridge;
};

// Starts the process that rolls the record's change back when its time is up (xen/bridge/revert_timer.h).
std::string start_revert_timer(const xen::BridgeRecord&);

} // namespace tool
