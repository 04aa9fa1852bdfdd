// The revert timer: a process that takes a change back when its time is up, unless it was confirmed.
#pragma once

#include "xen/bridge/record.h"

#include <chrono>
#include <functional>
#include <string>

namespace xen {

// Takes the change back; true once there is nothing left to do.
using Revert = std::function<bool(const BridgeRecord&)>;

// Starts the timer, and returns in the calling process only, once it runs: a process of its own session and,
// where possible, of its own control group, with none of our descriptors, which no signal ends but SIGKILL.
// When the record's time has come it tries to revert until that is done. Returns why it may be ended with its
// caller; empty if it outlives that. Throws base::Error if it does not run.
std::string start_revert_timer(const BridgeRecord&, const Revert&);

// Tries until it is done, with longer and longer pauses.
void revert_until_done(
    const BridgeRecord&, const Revert&, const std::function<void(std::chrono::seconds)>& pause) noexcept;

} // namespace xen
