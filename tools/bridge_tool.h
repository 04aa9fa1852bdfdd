// network-bridge's library with the real kernel and the real records behind it: for network-bridge
// and for dom0net.
#pragma once

#include "base/log.h"
#include "netlink/kernel.h"
#include "xen/bridge/network_bridge.h"

namespace tool {

struct BridgeTool {
    BridgeTool();
    BridgeTool(const BridgeTool&) = delete;
    BridgeTool& operator=(const BridgeTool&) = delete;

    // Logs what is wrong with the records, and what could not be noted.
    void warn(base::Log&) const;

    // For a verb that is about all records: that some are not known is an Error.
    void need_all() const;

    std::vector<std::string> remarks = {};
    netlink::Kernel kernel;
    xen::BridgeRecords records;
    xen::NetworkBridge bridge;
};

// Starts the process that rolls the record's change back when its time is up (xen/bridge/revert_timer.h).
std::string start_revert_timer(const xen::BridgeRecord&);

} // namespace tool
