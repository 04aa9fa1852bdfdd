// Records as text: JSON with a checksum.
#pragma once

#include "xen/bridge/record.h"

#include <string>

namespace xen {

std::string to_json_text(const BridgeRecord&);

// Nothing if the record is of another network namespace. Throws std::exception of some kind if the
// text is cut off, altered or no record at all.
std::optional<BridgeRecord> record_from_json_text(const std::string&);

} // namespace xen
