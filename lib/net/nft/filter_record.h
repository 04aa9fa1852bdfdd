// Filters as JSON, to be kept and read back.
#pragma once

#include "net/nft/filter.h"

#include <string>
#include <vector>

namespace net {

std::string to_record(const std::vector<Filter>&);

// Throws base::Error if it is no such text, or of no filter.
std::vector<Filter> parse_record(const std::string& text);

} // namespace net
