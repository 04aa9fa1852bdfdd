#include "bridge_tool.h"

#include "base/log.h"
#include "xen/bridge/guardian.h"
#include "xen/call/paths.h"

namespace tool {

namespace {

void revert(const xen::BridgeRecord& record)
{
    base::Log log("network-bridge");
    try {
        BridgeTool tool; // opened here: the guardian has none of its parent's descriptors
        if (const auto text = tool.bridge.revert_unconfirmed(record); !text.empty())
            log.error(text);
    } catch (const std::exception& error) {
        log.error(std::string("going back failed: ") + error.what());
    }
}

} // namespace

BridgeTool::BridgeTool()
    : records(xen::paths::run)
    , bridge(kernel, records)
{ }

void guard(const xen::BridgeRecord& record)
{
    xen::start_guardian(record, revert);
}

} // namespace tool
