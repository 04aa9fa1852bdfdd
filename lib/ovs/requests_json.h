// The transactions that ports need, and what their answers say; nothing here talks to anybody.
#pragma once

#include "ovs/switch.h"

#include <nlohmann/json.hpp>

namespace ovs {

// The parameters of "transact", and how many operations they hold.
struct Transaction {
    nlohmann::json params;

    std::size_t operations() const { return params.size() - 1; }
};

// What is there of the bridges and ports. Where the ports are is another question, which needs an answer to
// this.
Transaction look_request(const std::vector<std::string>& bridges, const std::vector<std::string>& ports);

// The row of a port's bridge, found by the ports' UUIDs, fake bridges' ports included. No bridge's list of
// ports is ever asked for: it may be long.
Transaction place_request(const std::vector<std::string>& port_uuids);

// Each is one change, and the number by which vswitchd says that it has done it.
Transaction add_request(const Port& to);
Transaction change_request(const Port& to, const Port& from);
Transaction remove_request(const Port& from);

struct Looked {
    Sight sight = {};
    std::vector<std::string> to_place = {}; // the UUIDs of ports whose bridges are not known yet
};

Looked read_look(const nlohmann::json& result, const std::vector<std::string>& bridges,
    const std::vector<std::string>& ports);

// Adds to the sight the bridges of its ports.
void read_places(const nlohmann::json& result, Looked&);

// The number that vswitchd will reach.
std::int64_t read_change(const nlohmann::json& result, std::size_t operations);

} // namespace ovs
