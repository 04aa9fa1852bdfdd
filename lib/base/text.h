// Small work on text: the only place that splits words and reads numbers.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// The words between blanks; blanks (space, tab, newline) at either end or in a row yield no empty words.
std::vector<std::string> words(std::string_view text);

// The pieces between each `separator`, empty ones included: "a,,b" is three pieces.
std::vector<std::string> split(std::string_view text, char separator);

// Without blanks at either end.
std::string_view trim(std::string_view text);

std::string join(const std::vector<std::string>& pieces, std::string_view separator);

// A whole decimal number without sign, blanks or anything behind it, at most `max`; else nothing.
std::optional<std::uint64_t> parse_number(
    std::string_view text, std::uint64_t max = std::numeric_limits<std::uint64_t>::max());

// For what a stranger gave us (a value of the store, a file's content, a name, a peer's word), wherever it is
// repeated: in single quotes, every byte that is not printable ASCII as \xHH, a quote or a backslash with a
// backslash before it. What is longer than 80 bytes is cut and ends in "...".
std::string quoted(std::string_view text);

// The last door to a terminal, a log and Xen, for whole texts of ours: control characters but line feed and
// tab, and bytes that are not UTF-8, as \xHH. Longer texts than `longest` are cut, at a character's end, and
// end in "...".
std::string printable(std::string_view text, std::size_t longest = std::string_view::npos);

} // namespace base
