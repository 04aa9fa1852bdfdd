#include "ovs/values_json.h"

#include "base/text.h"

namespace ovs {

namespace {

using nlohmann::json;

[[noreturn]] void refuse(const char* what)
{
    throw base::Error(std::string("the answer of Open vSwitch's database makes no sense: ") + what);
}

bool is_tagged(const json& value, const char* tag)
{
    return value.is_array() && value.size() == 2 && value[0] == tag;
}

// {"error": "constraint violation", "details": "..."}
void check(const json& result)
{
    if (!result.is_object() || !result.contains("error") || result["error"].is_null())
        return;
    const auto& code = result["error"];
    const auto details = result.value("details", json());
    const auto word = code.is_string() ? code.get<std::string>() : std::string("error");
    throw Refused(word,
        "Open vSwitch's database refused it: "
            + base::printable(details.is_string() ? details.get<std::string>() : word, 500));
}

} // namespace

json uuid_json(const std::string& uuid)
{
    return json::array({"uuid", uuid});
}

json set_json(const json& elements)
{
    return json::array({"set", elements});
}

json map_json(const Ids& ids)
{
    auto pairs = json::array();
    for (const auto& [key, value] : ids)
        pairs.push_back(json::array({key, value}));
    return json::array({"map", pairs});
}

std::vector<json> elements_of(const json& value)
{
    if (!is_tagged(value, "set"))
        return {value};
    if (!value[1].is_array())
        refuse("a set is no list");
    return value[1].get<std::vector<json>>();
}

std::string text_of(const json& value)
{
    if (!value.is_string())
        refuse("a text was expected");
    return value.get<std::string>();
}

std::string uuid_of(const json& value)
{
    if (!is_tagged(value, "uuid") || !value[1].is_string())
        refuse("a UUID was expected");
    return value[1].get<std::string>();
}

std::int64_t number_of(const json& value)
{
    if (!value.is_number_integer())
        refuse("a number was expected");
    return value.get<std::int64_t>();
}

std::optional<std::string> optional_text_of(const json& value)
{
    const auto elements = elements_of(value);
    return elements.empty() ? std::nullopt : std::optional(text_of(elements.front()));
}

std::optional<std::int64_t> optional_number_of(const json& value)
{
    const auto elements = elements_of(value);
    return elements.empty() ? std::nullopt : std::optional(number_of(elements.front()));
}

Ids map_of(const json& value)
{
    if (!is_tagged(value, "map") || !value[1].is_array())
        refuse("a map was expected");
    Ids ids;
    for (const auto& pair : value[1]) {
        if (!pair.is_array() || pair.size() != 2)
            refuse("a map has what is no pair");
        ids[text_of(pair[0])] = text_of(pair[1]);
    }
    return ids;
}

const json& column(const json& row, const char* name)
{
    if (!row.is_object() || !row.contains(name))
        refuse("a column is missing");
    return row[name];
}

std::vector<json> results_of(const json& result, std::size_t operations)
{
    if (!result.is_array())
        refuse("a transaction has no results");
    for (const auto& each : result)
        check(each);
    if (result.size() != operations)
        refuse("a transaction has not a result for each of its operations");
    return result.get<std::vector<json>>();
}

std::vector<json> rows_of(const json& result)
{
    const auto& rows = column(result, "rows");
    if (!rows.is_array())
        refuse("there are no rows");
    return rows.get<std::vector<json>>();
}

} // namespace ovs
