// What there is of a bridge and its card, for people and for programs.
#pragma once

#include "xen/bridge/record.h"

#include <optional>
#include <string>
#include <vector>

namespace xen {

struct PairStatus {
    const BridgeRecord* record = nullptr; // null for a device that no bridge of ours has to do with
    net::IfName device; // where addresses and routes are
    std::optional<net::Link> link = {};
    std::vector<std::string> ports = {};
    std::vector<std::string> addresses = {};
    std::vector<std::string> routes = {};
    std::vector<std::string> warnings = {};
};

std::string for_people(const PairStatus&);
std::string to_json_text(const std::vector<PairStatus>&);

} // namespace xen
