// What a call of network-bridge says, for people or as JSON.
#pragma once

#include "net/plan.h"
#include "xen/bridge/preflight.h"

#include <string>
#include <vector>

namespace xen {

// What was done, and the findings as warnings behind it. JSON: {"findings": [{"weight", "text"}], "text"}.
std::string report(const std::vector<Finding>&, const std::string& text, bool as_json);

// What would be done, and the findings as comments before it. JSON: {"findings", "plan"}.
std::string report(const std::vector<Finding>&, const net::Plan&, bool as_json);

// What keeps a call from being carried out, as JSON: {"findings"}.
std::string findings_to_json(const std::vector<Finding>&);

} // namespace xen
