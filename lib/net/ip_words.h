// The addresses of a guest as its configuration has them: `ip = "192.0.2.5 2001:db8::/64"`.
#pragma once

#include "net/ip_prefix.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net {

// More than any guest has; a longer list is a mistake.
constexpr std::size_t most_ip_words = 256;

// Why the text is no list of addresses and prefixes, in a sentence that names the word; nothing
// if it is one. Words stand between blanks or commas; between two commas there must be one.
std::optional<std::string> ip_words_fault(std::string_view text);

// The words in their order, host bits and all. Throws UsageError with the text of ip_words_fault().
std::vector<IpPrefix> parse_ip_words(std::string_view text);

} // namespace net
