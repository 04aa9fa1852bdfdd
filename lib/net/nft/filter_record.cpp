#include "net/nft/filter_record.h"

#include "base/error.h"
#include "base/text.h"
#include "net/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <limits>
#include <string_view>

namespace net {

namespace {

using nlohmann::json;

constexpr std::string_view place_names[] = {"bridged", "routed", "uplink"};

json filter_to_json(const Filter& filter)
{
    json object = {{"owner", filter.owner.str()}, {"link", filter.link},
        {"place", place_names[static_cast<std::size_t>(filter.place)]}, {"admitted", filter.admitted}};
    if (filter.mac)
        object["mac"] = to_string(*filter.mac);
    if (filter.uplink)
        object["uplink"] = *filter.uplink;
    if (filter.addresses) {
        object["addresses"] = json::array();
        for (const auto& prefix : *filter.addresses)
            object["addresses"].push_back(to_string(prefix));
    }
    return object;
}

[[noreturn]] void refuse(const char* key, const json& value)
{
    throw base::Error(
        "its " + std::string(key) + " makes no sense: " + base::printable(json_text(value), 100));
}

int index_from(const json& object, const char* key)
{
    const auto& value = object.at(key);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<int>::max())
        refuse(key, value);
    return value.get<int>();
}

FilterPlace place_from(const json& value)
{
    const auto* const found = std::ranges::find(place_names, value.get<std::string>());
    if (found == std::end(place_names))
        refuse("place", value);
    return static_cast<FilterPlace>(found - std::begin(place_names));
}

std::vector<IpPrefix> addresses_from(const json& list)
{
    if (!list.is_array())
        refuse("addresses", list);
    std::vector<IpPrefix> addresses;
    for (const auto& each : list) {
        const auto prefix = IpPrefix::parse(each.get<std::string>());
        if (!prefix)
            refuse("addresses", each);
        addresses.push_back(*prefix);
    }
    return addresses;
}

Filter filter_from(const json& object)
{
    const auto owner = IfName::try_parse(object.at("owner").get<std::string>());
    if (!owner)
        refuse("owner", object.at("owner"));
    Filter filter{.owner = *owner,
        .link = index_from(object, "link"),
        .place = place_from(object.at("place")),
        .admitted = object.at("admitted").get<bool>()};
    if (object.contains("mac"))
        filter.mac = Mac::parse(object.at("mac").get<std::string>());
    if (object.contains("uplink"))
        filter.uplink = index_from(object, "uplink");
    if (object.contains("addresses"))
        filter.addresses = addresses_from(object.at("addresses"));
    return filter;
}

} // namespace

std::string to_record(const std::vector<Filter>& filters)
{
    json list = json::array();
    std::ranges::transform(filters, std::back_inserter(list), filter_to_json);
    return json_text(list);
}

std::vector<Filter> parse_record(const std::string& text)
{
    const auto list = parse_json(text);
    if (!list.is_array() || list.empty())
        throw base::Error("it is no list of filters");
    try {
        std::vector<Filter> filters;
        std::ranges::transform(list, std::back_inserter(filters), filter_from);
        return filters;
    } catch (const json::exception& error) { // a library's, so that ours is what callers know
        throw base::Error(base::printable(error.what(), 200));
    }
}

} // namespace net
