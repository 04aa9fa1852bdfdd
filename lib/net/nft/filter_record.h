// Filters as text, to be kept and read back: a word and its value on each line, an empty line
// between two filters.
#pragma once

#include "net/nft/filter.h"

#include <string>
#include <string_view>
#include <vector>

namespace net {

std::string to_record(const std::vector<Filter>&);

// Throws base::Error if it is no such text.
std::vector<Filter> parse_record(std::string_view text);

} // namespace net
