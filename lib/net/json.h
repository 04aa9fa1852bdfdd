// Steps and entries as JSON: for --json, and for the records that survive a crash.
#pragma once

#include "net/entry.h"
#include "net/step.h"

#include <nlohmann/json_fwd.hpp>

#include <exception>
#include <string>
#include <vector>

namespace net {

// Nothing that we read is nested deeper than this; what is may be meant to exhaust the stack of who walks
// through it.
constexpr std::size_t deepest_json = 32;

// Throws base::Error if it is no JSON, or nested deeper than that.
nlohmann::json parse_json(const std::string& text);

// Why a text is no JSON, in the parser's words but without the text.
std::string json_fault(const std::exception&);

// The value as text; bytes of strings that are not UTF-8 become U+FFFD. On one line, or with so many blanks
// for each level.
std::string json_text(const nlohmann::json&, int indent = -1);

// The steps as a list of objects with "step" (its kind) and "command" (iproute2's words).
std::string to_json(const std::vector<Step>&);

// An entry byte for byte, with its text beside for people: {"table", "text", "header", "attributes", ...}.
nlohmann::json entry_to_json(const Entry&);

// Throws base::Error if it is no such object.
Entry entry_from_json(const nlohmann::json&);

} // namespace net
