#include "bridge_tool.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
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
    : kernel(
        netlink::Filters(xen::paths::filters, [this](const std::string& fault) { remarks.push_back(fault); }))
    , records(xen::paths::run)
    , bridge(kernel, records, look_around)
{ }

void BridgeTool::warn(base::Log& log) const
{
    for (const auto& sentences : {remarks, records.remarks(), bridge.faults()})
        for (const auto& sentence : sentences)
            log.error(sentence);
}

void BridgeTool::need_all() const
{
    auto faults = remarks;
    for (const auto& sentence : bridge.faults())
        faults.push_back(sentence);
    if (!faults.empty())
        throw base::Error(base::join(faults, "; "));
}

std::string start_revert_timer(const xen::BridgeRecord& record)
{
    return xen::start_revert_timer(record, revert);
}

} // namespace tool
