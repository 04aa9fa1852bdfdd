// A JSON file that people write: comments are allowed, and every complaint names line and column. Whatever
// the text is, reading it takes time in proportion to its length.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace xen {

class JsonText {
public:
    // The keys of members, and the numbers of elements, that lead to a value.
    using Path = std::vector<std::string>;

    // Throws base::Error if it is no JSON, has the same key twice in one object, or is nested deeper than
    // net::deepest_json.
    JsonText(std::string text, std::string file);

    const nlohmann::json& value() const { return value_; }

    // Throws base::Error "<file>:<line>:<column>: <reason>" with the place of what the path leads to.
    [[noreturn]] void refuse(const Path&, const std::string& reason) const;

private:
    struct Reader;

    void read(Reader&) const;
    std::string place_of(std::size_t offset) const;

    std::string text_;
    std::string file_;
    nlohmann::json value_ = {};
};

} // namespace xen
