// The one clock of a relay: it never jumps.
#pragma once

#include <chrono>

namespace tunnel {

using Clock = std::chrono::steady_clock;

} // namespace tunnel
