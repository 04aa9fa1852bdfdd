// Open vSwitch as a list of ports, with failures on demand.
#pragma once

#include "base/error.h"
#include "ovs/switch.h"

#include <algorithm>

namespace test {

class FakeSwitch final : public ovs::Switch {
public:
    std::vector<ovs::Bridge> bridges = {{"ovsbr0", "b0", {}}};
    std::vector<ovs::Port> ports = {};
    std::string ovn_bridge = {};
    std::string fault = {}; // of every port that is added
    bool vswitchd_runs = true;
    bool ovn_installs = true;
    int races_lost = 0; // the next puts find that somebody else was there before
    int changes = 0;

    ovs::Sight look(const std::vector<std::string>& wanted, const std::vector<std::string>& names) override
    {
        ovs::Sight sight{.ovn_bridge = ovn_bridge};
        for (const auto& bridge : bridges)
            if (std::ranges::find(wanted, bridge.name) != wanted.end())
                sight.bridges.push_back(bridge);
        for (const auto& port : ports)
            if (std::ranges::find(names, port.name) != names.end())
                sight.ports.push_back(port);
        return sight;
    }
    std::optional<ovs::Port> look_at(const std::string& name) override
    {
        const auto sight = look({}, {name});
        return sight.ports.empty() ? std::nullopt : std::optional(sight.ports.front());
    }
    bool put(const ovs::Port& to, const std::optional<ovs::Port>& from) override
    {
        if (races_lost > 0) {
            --races_lost;
            return false;
        }
        if (look_at(to.name).has_value() != from.has_value())
            return false;
        ++changes;
        std::erase_if(ports, [&](const auto& port) { return port.name == to.name; });
        ports.push_back(to);
        ports.back().uuid = "p-" + to.name;
        ports.back().error = fault;
        ports.back().taken = fault.empty() && vswitchd_runs;
        return true;
    }
    bool remove(const ovs::Port& port) override
    {
        ++changes;
        return std::erase_if(ports, [&](const auto& each) { return each.name == port.name; }) > 0;
    }
    bool await_vswitchd() override { return vswitchd_runs; }
    bool await_ovn(const std::string&) override { return ovn_installs; }
};

} // namespace test
