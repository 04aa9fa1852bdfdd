// A process that outlives its session and takes a change back unless it is confirmed in time.
#pragma once

#include "xen/bridge/record.h"

#include <functional>

namespace xen {

// Returns at once, in the calling process only. The guardian is a process of its own session, with
// none of our descriptors but the null device, deaf to hang-ups; when the record's time has come
// it calls `revert` and ends. Throws SystemError if it cannot be started.
void start_guardian(const BridgeRecord&, const std::function<void(const BridgeRecord&)>& revert);

} // namespace xen
