// What status of network-route and network-nat tells, for programs and for people.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace xen {

struct ServiceReport {
    nlohmann::json json = {};
    std::string text = {};
};

} // namespace xen
