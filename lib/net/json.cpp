#include "net/json.h"

#include "base/error.h"
#include "base/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace net {

namespace {

using nlohmann::json;

constexpr const char* step_kinds[] = {"create-bridge", "create-veth-pair", "create-tap", "create-vxlan",
    "delete-link", "change-link", "rename-link", "hold-bridge", "add-entry", "remove-entry", "replace-entry",
    "set-sysctl", "join-group", "leave-group", "await-running", "await-addresses", "install-filter",
    "remove-filter", "create-ifb", "limit-sending", "redirect-arrivals", "set-vlans", "put-table",
    "remove-table", "change-port", "solicit-routers"};
static_assert(std::size(step_kinds) == std::variant_size_v<Step>);

constexpr const char* table_names[] = {"addresses", "routes", "neighbours", "rules", "nexthops"};

std::string hex(const Bytes& bytes)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes)
        text.append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    return text;
}

std::uint8_t digit(char c)
{
    constexpr std::string_view digits = "0123456789abcdef";
    const auto value = digits.find(c);
    if (value == std::string_view::npos)
        throw base::Error("the record holds a byte that is not hexadecimal");
    return static_cast<std::uint8_t>(value);
}

Bytes unhex(const std::string& text)
{
    if (text.size() % 2 != 0)
        throw base::Error("the record holds half a byte");
    Bytes bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
    return bytes;
}

// A label is bytes, JSON is UTF-8. The bytes themselves are kept in hexadecimal.
std::string ascii(std::string text)
{
    std::ranges::replace_if(
        text, [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

// nlohmann would cut a number that is too large.
template <class Number> Number number(const json& value)
{
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<Number>::max())
        throw base::Error("the record holds a number out of range");
    return value.get<Number>();
}

json attributes_to_json(const Attributes& attributes)
{
    json list = json::array();
    for (const auto& [type, value] : attributes.all())
        list.push_back({type, hex(value)});
    return list;
}

Attributes attributes_from_json(const json& list)
{
    Attributes attributes;
    for (const auto& each : list)
        attributes.set(number<std::uint16_t>(each.at(0)), unhex(each.at(1).get<std::string>()));
    return attributes;
}

// A name is bytes, JSON is UTF-8: every byte as the character of that number.
std::string name_to_json(const IfName& name)
{
    std::string text;
    for (const char c : name.str())
        if (const auto byte = static_cast<unsigned char>(c); byte < 0x80)
            text += c;
        else
            text.append(1, static_cast<char>(0xc0 | byte >> 6))
                .append(1, static_cast<char>(0x80 | (byte & 0x3f)));
    return text;
}

// The kernel gave the name, so it need not be one that we would take from a stranger.
IfName name_from_json(const json& value)
{
    const auto text = value.get<std::string>();
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const bool is_pair = (lead == 0xc2 || lead == 0xc3) && i + 1 < text.size();
        name += is_pair ? static_cast<char>((lead & 3) << 6 | (text[++i] & 0x3f)) : text[i];
    }
    if (const auto taken = IfName::try_parse(name))
        return *taken;
    throw base::Error("the record names a device " + base::quoted(name) + ", which cannot be");
}

json hop_to_json(const Hop& hop)
{
    return {{"device", name_to_json(hop.device)}, {"flags", hop.flags}, {"weight", hop.weight},
        {"attributes", attributes_to_json(hop.attributes)}};
}

Hop hop_from_json(const json& object)
{
    return {name_from_json(object.at("device")), number<std::uint8_t>(object.at("flags")),
        number<std::uint8_t>(object.at("weight")), attributes_from_json(object.at("attributes"))};
}

Entry read_entry(const json& object)
{
    const auto name = object.at("table").get<std::string>();
    const auto* const table = std::ranges::find(table_names, name);
    if (table == std::end(table_names))
        throw base::Error("the record names an unknown table");
    Entry entry{.table = static_cast<Table>(table - std::begin(table_names)),
        .header = unhex(object.at("header").get<std::string>()),
        .attributes = attributes_from_json(object.at("attributes"))};
    if (object.contains("device"))
        entry.device = name_from_json(object.at("device"));
    entry.advertised = object.value("advertised", false);
    if (object.contains("hops"))
        for (const auto& hop : object.at("hops"))
            entry.hops.push_back(hop_from_json(hop));
    return entry;
}

} // namespace

// "[json.exception.parse_error.101] parse error at line 1, column 2: reason; last read: 'text'"
std::string json_fault(const std::exception& error)
{
    const std::string words = error.what();
    const auto column = words.find(", column ");
    const auto colon = words.find(": ", column == std::string::npos ? 0 : column);
    const auto reason = colon == std::string::npos ? words : words.substr(colon + 2);
    return reason.substr(0, reason.find("; last read: "));
}

json parse_json(const std::string& text)
{
    const auto bounded = [](int depth, json::parse_event_t event, const json&) {
        const bool goes_deeper =
            event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
        if (goes_deeper && static_cast<std::size_t>(depth) >= deepest_json)
            throw base::Error("it is nested deeper than " + std::to_string(deepest_json) + " levels");
        return true;
    };
    try {
        return json::parse(text, bounded);
    } catch (const json::exception& error) { // a library's, so that ours is what callers know
        throw base::Error(base::printable(error.what(), 200));
    }
}

std::string json_text(const json& value, int indent)
{
    return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

std::string to_json(const std::vector<Step>& steps)
{
    json list = json::array();
    for (const auto& step : steps)
        list.push_back({{"step", step_kinds[step.index()]}, {"command", to_string(step)}});
    return json_text(list, 2); // names of aliases and labels are bytes, not always UTF-8
}

json entry_to_json(const Entry& entry)
{
    json object = {{"table", table_names[static_cast<std::size_t>(entry.table)]},
        {"text", ascii(to_string(entry))}, {"header", hex(entry.header)},
        {"attributes", attributes_to_json(entry.attributes)}};
    if (entry.device)
        object["device"] = name_to_json(*entry.device);
    if (entry.advertised)
        object["advertised"] = true;
    for (const auto& hop : entry.hops)
        object["hops"].push_back(hop_to_json(hop));
    return object;
}

Entry entry_from_json(const json& object)
{
    try {
        return read_entry(object);
    } catch (const json::exception& error) { // a library's, so that ours is what callers know
        throw base::Error(std::string("the record is damaged: ") + error.what());
    }
}

} // namespace net
