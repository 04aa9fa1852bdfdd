// Steps and entries as JSON: for --json, and for the records that survive a crash.
#pragma once

#include "net/entry.h"
#include "net/step.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace net {

// The steps as a list of objects with "step" (its kind) and "command" (iproute2's words).
std::string to_json(const std::vector<Step>&);

// An entry byte for byte, with its text beside for people: {"table", "text", "header", "attributes", ...}.
nlohmann::json entry_to_json(const Entry&);

// Throws base::Error if it is no such object.
Entry entry_from_json(const nlohmann::json&);

} // namespace net
