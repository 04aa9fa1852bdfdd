#include "base/text.h"

#include <algorithm>
#include <charconv>

namespace base {

namespace {

constexpr std::string_view blanks = " \t\n\r\f\v";

void append_hex(std::string& text, char c)
{
    constexpr std::string_view hex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    text.append("\\x").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
}

std::uint32_t code_point(std::string_view character)
{
    const auto lead = static_cast<unsigned char>(character.front());
    std::uint32_t code = character.size() == 1 ? lead : lead & (0x7fU >> character.size());
    for (const char c : character.substr(1))
        code = code << 6 | (static_cast<unsigned char>(c) & 0x3fU);
    return code;
}

// Of the UTF-8 character that the text begins with; 1 if it begins with none (RFC 3629: no detours, no
// surrogates).
std::size_t character_length(std::string_view text)
{
    constexpr std::uint32_t first_of_length[] = {0, 0, 0x80, 0x800, 0x10000};
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 1;
    if (length == 1 || text.size() < length)
        return 1;
    for (const char c : text.substr(1, length - 1))
        if ((static_cast<unsigned char>(c) & 0xc0) != 0x80)
            return 1;
    const auto code = code_point(text.substr(0, length));
    const bool is_surrogate = code >= 0xd800 && code < 0xe000;
    return code < first_of_length[length] || code > 0x10ffff || is_surrogate ? 1 : length;
}

// Not what moves the cursor, and not what turns the direction of writing.
bool is_shown(std::string_view character)
{
    const auto code = code_point(character);
    if (character.size() == 1)
        return (code >= 0x20 && code < 0x7f) || code == '\n' || code == '\t';
    const bool is_control = code < 0xa0;
    const bool turns = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return !is_control && !turns;
}

} // namespace

std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> found;
    for (auto begin = text.find_first_not_of(blanks); begin != std::string_view::npos;) {
        const auto end = text.find_first_of(blanks, begin);
        found.emplace_back(text.substr(begin, end - begin));
        begin = text.find_first_not_of(blanks, end);
    }
    return found;
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> pieces;
    for (;;) {
        const auto end = text.find(separator);
        pieces.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return pieces;
        text.remove_prefix(end + 1);
    }
}

std::string_view trim(std::string_view text)
{
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string join(const std::vector<std::string>& pieces, std::string_view separator)
{
    std::string text;
    for (const auto& piece : pieces) {
        if (!text.empty())
            text += separator;
        text += piece;
    }
    return text;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max)
{
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || text.empty() || number > max)
        return std::nullopt;
    return number;
}

std::string quoted(std::string_view text)
{
    constexpr std::size_t longest = 80;
    std::string result = "'";
    for (const char c : text.substr(0, longest)) {
        if (c < 0x20 || c > 0x7e) {
            append_hex(result, c);
            continue;
        }
        if (c == '\'' || c == '\\')
            result += '\\';
        result += c;
    }
    return result + (text.size() > longest ? "...'" : "'");
}

std::string printable(std::string_view text, std::size_t longest)
{
    constexpr std::string_view more = "...";
    std::string result;
    while (!text.empty()) {
        const auto length = character_length(text);
        const auto before = result.size();
        if (is_shown(text.substr(0, length)))
            result += text.substr(0, length);
        else
            for (const char c : text.substr(0, length))
                append_hex(result, c);
        if (result.size() > longest)
            return result.substr(0, std::min(before, longest - more.size())).append(more);
        text.remove_prefix(length);
    }
    return result;
}

} // namespace base
