#include "xen/host/network_route.h"

#include "base/text.h"
#include "net/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace xen {

namespace {

using net::IfName;
using nlohmann::json;

constexpr const char* program = "network-route";

std::string user_of(const IfName& netdev)
{
    return std::string(program) + " " + netdev.str();
}

std::string printed(const net::Plan& steps, const NetworkOptions& options)
{
    return options.json ? net::to_json(steps) + "\n" : net::to_string(steps);
}

} // namespace

std::string NetworkRoute::start(const std::optional<IfName>& asked, const NetworkOptions& options)
{
    const auto lock = record_.lock();
    const auto netdev = needed_netdev(asked, kernel_);
    auto wanted = forwarding(kernel_);
    wanted.push_back({netdev, "ipv4/conf/proxy_arp", "1"});
    wanted.push_back({netdev, "ipv6/conf/proxy_ndp", "1"});
    const auto plan = plan_taking(record_.read(), user_of(netdev), wanted, kernel_);
    if (options.dry_run)
        return printed(plan.steps, options);
    record_.go_up(plan, kernel_);
    return "The host forwards, and answers for its guests on " + netdev.str() + ".\n";
}

std::string NetworkRoute::stop(const std::optional<IfName>& asked, const NetworkOptions& options)
{
    const auto lock = record_.lock();
    const auto kept = record_.read();
    std::vector<std::string> users{asked ? user_of(*asked) : ""};
    if (!asked)
        users = users_of(kept, std::string(program) + " ");
    const auto plan = plan_leaving_of(kept, users, kernel_);
    if (options.dry_run)
        return printed(plan.steps, options);
    if (plan.kept == kept)
        return std::string(program) + " is not started" + (asked ? " for " + asked->str() : "")
            + ": nothing to do.\n";
    record_.go_down(plan, kernel_);
    return std::string(program) + " is stopped.\n";
}

std::string NetworkRoute::status(const NetworkOptions& options)
{
    const auto kept = record_.read();
    json report = {{"started", json::array()}, {"settings", json::object()}};
    for (const auto& device : devices_of(kept, program))
        report["started"].push_back(device.str());
    auto settings = forwarding(kernel_);
    for (const auto& device : devices_of(kept, program)) {
        settings.push_back({device, "ipv4/conf/proxy_arp", "1"});
        settings.push_back({device, "ipv6/conf/proxy_ndp", "1"});
    }
    std::string text = report["started"].empty() ? std::string(program) + " is not started.\n" : "";
    for (const auto& device : report["started"])
        text += std::string(program) + " is started for " + device.get<std::string>() + ".\n";
    for (const auto& each : settings)
        if (const auto now = kernel_.sysctl(each.device, each.key)) {
            const auto name = net::sysctl_name(each.device, each.key);
            report["settings"][name] = *now;
            text += name + " = " + *now + "\n";
        }
    return options.json ? net::json_text(report, 2) + "\n" : text;
}

} // namespace xen
