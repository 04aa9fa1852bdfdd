#include "xen/bridge/report.h"

#include "net/json.h"

#include <nlohmann/json.hpp>

namespace xen {

namespace {

using nlohmann::json;

const char* words(Weight weight)
{
    switch (weight) {
    case Weight::impossible:
        return "impossible";
    case Weight::breaks:
        return "breaks";
    case Weight::warns:
        break;
    }
    return "warns";
}

json object_of(const std::vector<Finding>& findings)
{
    auto list = json::array();
    for (const auto& finding : findings)
        list.push_back({{"weight", words(finding.weight)}, {"text", finding.text}});
    return {{"findings", std::move(list)}};
}

// Names of others' tables and processes may be no text.
std::string print(const json& object)
{
    return object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace

std::string report(const std::vector<Finding>& findings, const std::string& text, bool as_json)
{
    if (as_json) {
        auto object = object_of(findings);
        object["text"] = text;
        return print(object);
    }
    std::string all = text;
    for (const auto& finding : findings)
        all += "Warning: " + finding.text + ".\n";
    return all;
}

std::string report(const std::vector<Finding>& findings, const net::Plan& plan, bool as_json)
{
    if (as_json) {
        auto object = object_of(findings);
        object["plan"] = json::parse(net::to_json(plan));
        return print(object);
    }
    std::string all;
    for (const auto& finding : findings)
        all += "# Warning: " + finding.text + ".\n";
    return all + (plan.empty() ? "# nothing to do\n" : net::to_string(plan));
}

std::string findings_to_json(const std::vector<Finding>& findings)
{
    return print(object_of(findings));
}

} // namespace xen
