#include "net/ip_words.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>

namespace net {

namespace {

// Empty words, where two commas leave nothing between them, are kept.
std::vector<std::string> ip_words(std::string_view text)
{
    std::vector<std::string> found;
    for (const auto& piece : base::split(text, ',')) {
        const auto words = base::words(piece);
        found.insert(found.end(), words.begin(), words.end());
        if (words.empty())
            found.emplace_back();
    }
    return found;
}

} // namespace

std::optional<std::string> ip_words_fault(std::string_view text)
{
    const auto words = ip_words(text);
    if (words.size() > most_ip_words)
        return "ip holds " + std::to_string(words.size()) + " words: more than "
            + std::to_string(most_ip_words) + " addresses for one interface";
    const auto bad = std::ranges::find_if(words, [](const auto& word) { return !IpPrefix::parse(word); });
    if (bad == words.end())
        return std::nullopt;
    if (bad->empty())
        return "ip " + base::quoted(text) + " holds an empty word where an address is expected";
    return "ip word " + base::quoted(*bad)
        + " is neither an IPv4 nor an IPv6 address or prefix (host names are not looked up)";
}

std::vector<IpPrefix> parse_ip_words(std::string_view text)
{
    if (const auto fault = ip_words_fault(text))
        throw base::UsageError(*fault);
    std::vector<IpPrefix> prefixes;
    for (const auto& word : ip_words(text))
        prefixes.push_back(*IpPrefix::parse(word));
    return prefixes;
}

} // namespace net
