#include "net/json.h"
#include "xen/bridge/network_bridge.h"
#include "xen/bridge/status.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>

namespace xen {

namespace {

using nlohmann::json;

json for_programs(const PairStatus& status)
{
    json object = {{"device", status.device.str()}, {"ports", status.ports}, {"addresses", status.addresses},
        {"routes", status.routes}, {"warnings", status.warnings}};
    if (status.link)
        object.update({{"mac", to_string(status.link->mac)}, {"mtu", status.link->mtu},
            {"up", status.link->up}, {"running", status.link->running}});
    if (const auto* const record = status.record) {
        constexpr const char* phases[] = {"moving", "up", "returning"};
        object.update({{"bridge", record->pair.bridge.str()}, {"netdev", record->pair.netdev.str()},
            {"port", record->pair.port.str()}, {"phase", phases[static_cast<std::size_t>(record->phase)]},
            {"antispoof", record->antispoof}});
        if (record->confirm_by)
            object["confirm_within_seconds"] = *record->confirm_by - seconds_since_boot();
    }
    return object;
}

} // namespace

std::string to_json_text(const std::vector<PairStatus>& pairs)
{
    json list = json::array();
    std::ranges::transform(pairs, std::back_inserter(list), for_programs);
    return net::json_text(list, 2) + "\n";
}

} // namespace xen
