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

// Starts a guardian that rolls the record's change back when its time is up.
void guard(const xen::BridgeRecord&);

} // namespace tool
