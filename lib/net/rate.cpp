#include "net/rate.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace net {

namespace {

constexpr std::uint64_t bits_per_byte = 8;
constexpr std::uint64_t microseconds_per_second = 1'000'000;
constexpr std::array<std::pair<char, std::uint64_t>, 3> units{
    {{'G', 1'000'000'000}, {'M', 1'000'000}, {'K', 1000}}};

[[noreturn]] void refuse(std::string_view text, const std::string& reason)
{
    throw base::UsageError(base::quoted(text) + " " + reason);
}

Rate within_bounds(std::uint64_t bits_per_second, std::string_view text)
{
    if (bits_per_second < slowest_rate.bits_per_second || bits_per_second > fastest_rate.bits_per_second)
        refuse(text, "is not between " + to_string(slowest_rate) + " and " + to_string(fastest_rate));
    return {bits_per_second};
}

// Cuts the unit off: "100M" is 100 and a million.
std::uint64_t take_factor(std::string_view& number)
{
    const char last = number.empty() ? '\0' : number.back() == 'k' ? 'K' : number.back();
    const auto* const unit = std::ranges::find(units, last, &std::pair<char, std::uint64_t>::first);
    if (unit == units.end())
        return 1;
    number.remove_suffix(1);
    return unit->second;
}

// "12.5" times a factor, to the last bit: at most three digits after the point, as the factors have zeros.
std::optional<std::uint64_t> times(std::string_view number, std::uint64_t factor)
{
    constexpr std::uint64_t largest_whole = 1'000'000'000;
    const auto point = number.find('.');
    const auto whole = base::parse_number(number.substr(0, point), largest_whole);
    if (!whole || point == std::string_view::npos)
        return whole ? std::optional(*whole * factor) : std::nullopt;
    auto digits = std::string(number.substr(point + 1));
    const bool good = !digits.empty() && digits.size() <= 3 && factor > 1;
    digits.resize(3, '0');
    const auto thousandths = base::parse_number(digits);
    return good && thousandths ? std::optional(*whole * factor + *thousandths * (factor / 1000))
                               : std::nullopt;
}

} // namespace

Rate parse_rate(std::string_view text)
{
    auto number = text.substr(0, text.find('@'));
    const bool in_bytes = number.ends_with("B/s");
    if (!in_bytes && !number.ends_with("b/s"))
        refuse(text, "has no unit: it has the form 100Mb/s (bits) or 12.5MB/s (bytes)");
    number.remove_suffix(3);
    const auto factor = take_factor(number);
    const auto amount = times(number, factor);
    if (!amount || *amount > fastest_rate.bits_per_second)
        refuse(text, "is not a number and a unit: it has the form 100Mb/s (bits) or 12.5MB/s (bytes)");
    return within_bounds(in_bytes ? *amount * bits_per_byte : *amount, text);
}

std::optional<Rate> parse_stored_rate(std::string_view text)
{
    constexpr std::uint64_t most_bytes = 1ULL << 40; // leaves room for the arithmetic
    const auto parts = base::split(text, ',');
    const auto bytes = base::parse_number(parts.front(), most_bytes);
    const auto interval = parts.size() == 2 ? base::parse_number(parts.back(), 0xffffffff) : std::nullopt;
    if (!bytes || !interval)
        refuse(text, "is not what the toolstack writes: \"<bytes>,<microseconds>\"");
    if (*interval == 0)
        return std::nullopt;
    const auto bits = *bytes * bits_per_byte;
    const auto seconds = bits / *interval * microseconds_per_second;
    return within_bounds(seconds + bits % *interval * microseconds_per_second / *interval, text);
}

std::string to_string(const Rate& rate)
{
    for (const auto& [letter, factor] : units)
        if (rate.bits_per_second >= factor && rate.bits_per_second % factor == 0)
            return std::to_string(rate.bits_per_second / factor) + (letter == 'K' ? 'k' : letter) + "b/s";
    return std::to_string(rate.bits_per_second) + "b/s";
}

Bucket bucket_for(const Rate& rate, unsigned mtu)
{
    constexpr std::uint64_t link_header = 18; // with a VLAN tag
    constexpr std::uint64_t most = 0x3fffffff; // tc's times for it still fit into 32 bits
    const auto bytes_per_second = rate.bits_per_second / bits_per_byte;
    const auto frame = mtu + link_header;
    const auto burst = std::min(std::max(bytes_per_second / 250, 10 * frame), most);
    const auto queue = std::min(std::max(bytes_per_second / 10, 20 * frame), most);
    return {static_cast<std::uint32_t>(burst), static_cast<std::uint32_t>(queue)};
}

} // namespace net
