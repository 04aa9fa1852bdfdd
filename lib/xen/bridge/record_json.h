// Records as JSON.
#pragma once

#include "xen/bridge/record.h"

#include <string>

namespace xen {

std::string to_json_text(const BridgeRecord&);

// Throws std::exception of some kind if the text is none.
BridgeRecord record_from_json_text(const std::string&);

} // namespace xen
