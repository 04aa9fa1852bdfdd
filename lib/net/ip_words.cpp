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

IpPrefix parse_ip_word(const std::string& word, std::string_view text)
{
    if (const auto prefix = IpPrefix::parse(word))
        return *prefix;
    if (word.empty())
        throw base::UsageError(base::quoted(text) + " holds an empty word where an address is expected");
    throw base::UsageError("word " + base::quoted(word)
        + " is neither an IPv4 nor an IPv6 address or prefix (host names are not looked up)");
}

} // namespace

std::vector<IpPrefix> parse_ip_words(std::string_view text)
{
    const auto words = ip_words(text);
    if (words.size() > most_ip_words)
        throw base::UsageError("holds " + std::to_string(words.size()) + " words: more than "
            + std::to_string(most_ip_words) + " addresses for one interface");
    std::vector<IpPrefix> prefixes;
    for (const auto& word : words)
        prefixes.push_back(parse_ip_word(word, text));
    return prefixes;
}

} // namespace net
