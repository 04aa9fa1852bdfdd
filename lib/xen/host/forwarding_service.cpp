#include "xen/host/forwarding_service.h"

#include "net/json.h"
#include "xen/host/service_report_json.h"

#include <algorithm>
#include <iterator>

namespace xen {

namespace {

using net::IfName;
using nlohmann::json;

std::string printed(const net::Plan& steps, const NetworkOptions& options)
{
    return options.json ? net::to_json(steps) + "\n" : net::to_string(steps);
}

void append(net::Plan& plan, const net::Plan& more)
{
    plan.insert(plan.end(), more.begin(), more.end());
}

std::string lines_of(const std::string& begin, const std::vector<std::string>& lines)
{
    std::string text;
    for (const auto& line : lines)
        text += begin + line + "\n";
    return text;
}

} // namespace

std::string ForwardingService::start(const std::optional<IfName>& asked, const NetworkOptions& options)
{
    const auto lock = record_.lock();
    const auto netdev = needed_netdev(asked, kernel_);
    check();
    const auto kept = record_.read();
    auto wanted = forwarding(kernel_);
    std::ranges::move(forwarding_of(netdev, kernel_), std::back_inserter(wanted));
    std::ranges::move(settings_for(netdev), std::back_inserter(wanted));
    auto plan = plan_taking(kept, user_of(netdev), wanted, kernel_);
    const auto devices = devices_of(plan.kept, program_);
    append(plan.steps, steps_between(devices_of(kept, program_), devices));
    if (options.dry_run)
        return printed(plan.steps, options);
    record_.go_up(plan, kernel_);
    finish(devices);
    return started_text(devices, netdev) + lines_of("warning: ", forwarding_warnings(kernel_));
}

std::string ForwardingService::stop(const std::optional<IfName>& asked, const NetworkOptions& options)
{
    const auto lock = record_.lock();
    const auto kept = record_.read();
    const auto users = asked ? std::vector{user_of(*asked)} : users_of(kept, program_ + " ");
    auto plan = plan_leaving_of(kept, users, kernel_);
    const auto before = devices_of(kept, program_);
    const auto left = devices_of(plan.kept, program_);
    if (left.empty() || left != before) {
        auto steps = steps_between(before, left);
        append(steps, plan.steps);
        plan.steps = std::move(steps);
    }
    if (options.dry_run)
        return printed(plan.steps, options);
    record_.go_down(plan, kernel_);
    finish(left);
    return plan.steps.empty() && plan.kept == kept ? not_started(asked) : program_ + " is stopped.\n";
}

std::string ForwardingService::not_started(const std::optional<IfName>& netdev) const
{
    return program_ + " is not started" + (netdev ? " for " + netdev->str() : "") + ": nothing to do.\n";
}

std::string ForwardingService::status(const NetworkOptions& options) const
{
    const auto devices = devices_of(record_.read(), program_);
    const auto warnings = devices.empty() ? std::vector<std::string>() : forwarding_warnings(kernel_);
    ServiceReport report{.json = {{"started", json::array()}, {"warnings", warnings}}};
    report.text = devices.empty() ? program_ + " is not started.\n" : "";
    for (const auto& device : devices) {
        report.json["started"].push_back(device.str());
        report.text += program_ + " is started for " + device.str() + ".\n";
    }
    add_to(report, devices);
    return options.json ? net::json_text(report.json, 2) + "\n"
                        : report.text + lines_of("warning: ", warnings);
}

} // namespace xen
