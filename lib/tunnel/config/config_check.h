// Which words belong together: what a Config needs beyond each word being right by itself.
#pragma once

#include "tunnel/config/config.h"

#include <set>
#include <string>

namespace tunnel {

using GivenKeys = std::set<std::string>;

// Throws UsageError: one sentence that names the word at fault and the cure.
void check(const Config&, const GivenKeys& given, bool named);

} // namespace tunnel
