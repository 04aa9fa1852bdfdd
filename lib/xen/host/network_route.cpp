#include "xen/host/network_route.h"

#include "xen/host/service_report_json.h"

#include <algorithm>
#include <iterator>

namespace xen {

std::vector<WantedSetting> NetworkRoute::settings_for(const net::IfName& netdev) const
{
    return proxying(netdev);
}

std::string NetworkRoute::started_text(const Devices&, const net::IfName& netdev) const
{
    return "The host forwards, and answers for its guests on " + netdev.str() + ".\n";
}

void NetworkRoute::add_to(ServiceReport& report, const Devices& devices) const
{
    auto settings = forwarding(kernel());
    for (const auto& device : devices)
        std::ranges::move(proxying(device), std::back_inserter(settings));
    report.json["settings"] = nlohmann::json::object();
    for (const auto& each : settings) {
        const auto now = kernel().sysctl(each.device, each.key);
        const auto name = net::sysctl_name(each.device, each.key);
        if (!now || report.json["settings"].contains(name))
            continue;
        report.json["settings"][name] = *now;
        report.text += name + " = " + *now + "\n";
    }
}

} // namespace xen
