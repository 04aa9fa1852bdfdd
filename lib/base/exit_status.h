// What a program tells the one that started it.
#pragma once

#include "base/log.h"

#include <functional>

namespace base {

inline constexpr int done = 0;
inline constexpr int failed = 1; // the reason is in the log
inline constexpr int used_wrongly = 2;

// The status that the body returns; or that of what it throws (UsageError is used_wrongly, all else failed),
// whose words go to the log.
int exit_status_of(const std::function<int()>& body, Log&) noexcept;

} // namespace base
