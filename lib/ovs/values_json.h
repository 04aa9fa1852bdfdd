// OVSDB's values as JSON (RFC 7047, section 5.1), and what a transaction answers (section 4.1.3).
#pragma once

#include "base/error.h"
#include "ovs/switch.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ovs {

// The database said no to a transaction, and has changed nothing.
class Refused : public base::Error {
public:
    Refused(std::string code, const std::string& what)
        : Error(what)
        , code_(std::move(code))
    { }

    const std::string& code() const { return code_; } // "timed out", "constraint violation"...

private:
    std::string code_;
};

nlohmann::json uuid_json(const std::string& uuid);
nlohmann::json set_json(const nlohmann::json& elements); // of an array
nlohmann::json map_json(const Ids&);

// What a column holds. A set of one comes bare. All throw base::Error for what is of another kind.
std::vector<nlohmann::json> elements_of(const nlohmann::json&);
std::string text_of(const nlohmann::json&);
std::string uuid_of(const nlohmann::json&);
std::int64_t number_of(const nlohmann::json&);
std::optional<std::string> optional_text_of(const nlohmann::json&); // a set of one, or of none
std::optional<std::int64_t> optional_number_of(const nlohmann::json&);
Ids map_of(const nlohmann::json&);

// The column of a row.
const nlohmann::json& column(const nlohmann::json& row, const char* name);

// The result of a transaction of so many operations, one element for each. Throws Refused with the database's
// words if any of them failed, or the whole at its end, which is told in one element more; base::Error
// if the answer makes no sense.
std::vector<nlohmann::json> results_of(const nlohmann::json& result, std::size_t operations);

// What a "select" answered.
std::vector<nlohmann::json> rows_of(const nlohmann::json& result);

} // namespace ovs
