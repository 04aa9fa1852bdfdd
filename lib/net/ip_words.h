// The addresses of a guest as its configuration has them: `ip = "192.0.2.5 2001:db8::/64"`.
#pragma once

#include "net/ip_prefix.h"

#include <string>
#include <string_view>
#include <vector>

namespace net {

// More than any guest has; a longer list is a mistake.
constexpr std::size_t most_ip_words = 256;

// The words in their order, host bits and all. They stand between blanks or commas; between two commas there
// must be one. Throws UsageError with a sentence that names the word, to follow the setting's name.
std::vector<IpPrefix> parse_ip_words(std::string_view text);

} // namespace net
