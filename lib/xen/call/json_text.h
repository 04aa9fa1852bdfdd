// A JSON file that people write: comments are allowed, and every complaint names line and column.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <string>

namespace xen {

class JsonText {
public:
    // Throws base::Error if it is no JSON, or has the same key twice in one object.
    JsonText(const std::string& text, std::string file);

    const nlohmann::json& value() const { return value_; }

    // Throws base::Error "<file>:<line>:<column>: <reason>" with the place of what the pointer names.
    [[noreturn]] void refuse(const nlohmann::json::json_pointer& place, const std::string& reason) const;

private:
    struct Reader;

    std::string place_of(std::size_t offset, const std::string& text) const;

    std::string file_;
    nlohmann::json value_ = {};
    std::map<std::string, std::string> places_ = {}; // of each member and element, by its JSON pointer
};

} // namespace xen
