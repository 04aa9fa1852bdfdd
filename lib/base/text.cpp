#include "base/text.h"

#include <charconv>

namespace base {

namespace {

constexpr std::string_view blanks = " \t\n\r\f\v";

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
    constexpr std::string_view hex = "0123456789abcdef";
    std::string result = "'";
    for (const char c : text.substr(0, longest)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f)
            result += c;
        else
            result.append("\\x").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
    }
    return result + (text.size() > longest ? "...'" : "'");
}

} // namespace base
