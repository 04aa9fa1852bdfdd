#include "bridge_tool.h"

#include "base/log.h"
#include "netlink/use/card_use.h"
#include "xen/bridge/revert_timer.h"
#include "xen/call/paths.h"

namespace tool {

namespace {

bool revert(const xen::BridgeRecord& record)
{
    base::Log log("network-bridge");
    try {
        BridgeTool tool; // opened here: the timer has none of its parent's descriptors
        if (const auto text = tool.bridge.revert_unconfirmed(record); !text.empty())
            log.error(text);
        return true;
    } catch (const std::exception& error) {
        log.error(std::string("going back failed and is tried again: ") + error.what());
        return false;
    }
}

void look_around(xen::Situation& now)
{
    now.use = netlink::card_use(now.from, now.to);
    std::set<std::uint64_t> inodes;
    for (const auto& socket : now.use.sockets)
        inodes.insert(socket.inode);
    now.host = xen::host_use(now.from.name, now.from.index, inodes);
}

} // namespace

BridgeTool::BridgeTool()
    : records(xen::paths::run)
    , bridge(kernel, records, look_around)
{ }

std::string start_revert_timer(const xen::BridgeRecord& record)
{
    return xen::start_revert_timer(record, revert);
}

} // namespace tool
