#include "net/nft/filter_record.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace net {

namespace {

constexpr std::string_view place_names[] = {"bridged", "routed", "uplink"};

std::string one_record(const Filter& filter)
{
    std::string text = "owner " + filter.owner.str() + "\nlink " + std::to_string(filter.link) + "\nplace "
        + std::string(place_names[static_cast<std::size_t>(filter.place)]) + "\n";
    if (filter.admitted)
        text += "admitted yes\n";
    if (filter.mac)
        text += "mac " + to_string(*filter.mac) + "\n";
    if (filter.uplink)
        text += "uplink " + std::to_string(*filter.uplink) + "\n";
    if (filter.addresses) {
        text += "addresses only\n";
        for (const auto& prefix : *filter.addresses)
            text += "address " + to_string(prefix) + "\n";
    }
    return text;
}

[[noreturn]] void refuse(std::string_view line)
{
    throw base::Error("the record of a filter holds a line that makes no sense: " + base::quoted(line));
}

void take_line(Filter& filter, const std::string& line)
{
    const auto words = base::words(line);
    if (words.size() != 2)
        refuse(line);
    const auto& word = words[0];
    const auto& value = words[1];
    const auto* const place = std::ranges::find(place_names, value);
    const auto number = base::parse_number(value, std::numeric_limits<int>::max());
    const auto prefix = IpPrefix::parse(value);
    const auto mac = Mac::try_parse(value);
    if (word == "link" && number)
        filter.link = static_cast<int>(*number);
    else if (word == "place" && place != std::end(place_names))
        filter.place = static_cast<FilterPlace>(place - std::begin(place_names));
    else if (word == "admitted" && value == "yes")
        filter.admitted = true;
    else if (word == "mac" && mac)
        filter.mac = mac;
    else if (word == "uplink" && number)
        filter.uplink = static_cast<int>(*number);
    else if (word == "addresses" && value == "only")
        filter.addresses.emplace();
    else if (word == "address" && prefix && filter.addresses)
        filter.addresses->push_back(*prefix);
    else
        refuse(line);
}

} // namespace

std::string to_record(const std::vector<Filter>& filters)
{
    std::vector<std::string> records;
    for (const auto& filter : filters)
        records.push_back(one_record(filter));
    return base::join(records, "\n");
}

std::vector<Filter> parse_record(std::string_view text)
{
    constexpr std::string_view owner = "owner ";
    std::vector<Filter> filters;
    for (const auto& line : base::split(text, '\n')) {
        if (line.starts_with(owner))
            filters.push_back({.owner = IfName::parse(std::string_view(line).substr(owner.size()))});
        else if (!line.empty() && filters.empty())
            refuse(line);
        else if (!line.empty())
            take_line(filters.back(), line);
    }
    return filters;
}

} // namespace net
