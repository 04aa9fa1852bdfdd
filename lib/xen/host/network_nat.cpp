#include "xen/host/network_nat.h"

#include "net/json.h"
#include "net/nft/nat_table.h"
#include "xen/host/dhcp.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace xen {

namespace {

using net::IfName;
using nlohmann::json;

constexpr const char* program = "network-nat";

bool is_called(const net::KernelView& kernel, const IfName& device, const net::DeviceName& name)
{
    const auto link = kernel.find_device(name);
    return link && link->name == device;
}

std::string user_of(const IfName& netdev)
{
    return std::string(program) + " " + netdev.str();
}

std::vector<net::NatForward> forwards(
    const Configuration& configuration, const std::vector<IfName>& devices, const net::KernelView& kernel)
{
    std::vector<net::NatForward> found;
    for (const auto& each : configuration.port_forwards)
        for (const auto& device : devices)
            if (!each.netdev || each.netdev == device || is_called(kernel, device, *each.netdev))
                found.push_back({static_cast<std::uint8_t>(each.protocol), each.ports.first, each.ports.last,
                    each.to, each.to_port, device});
    return found;
}

std::string printed(const net::Plan& steps, const NetworkOptions& options)
{
    return options.json ? net::to_json(steps) + "\n" : net::to_string(steps);
}

std::string names_of(const std::vector<IfName>& devices)
{
    std::string text;
    for (const auto& device : devices)
        text += (text.empty() ? "" : ", ") + device.str();
    return text;
}

} // namespace

net::Step NetworkNat::table_for(const std::vector<IfName>& devices, const std::vector<IfName>& before) const
{
    const auto table = [&](const auto& names) {
        return net::nat_table(names, forwards(around_.configuration, names, kernel_));
    };
    if (devices.empty())
        return net::RemoveTable{table(before)};
    return net::PutTable{table(devices), before.empty() ? std::nullopt : std::optional(table(before))};
}

std::string NetworkNat::start(const std::optional<IfName>& asked, bool dhcp, const NetworkOptions& options)
{
    const auto lock = record_.lock();
    const auto netdev = needed_netdev(asked, kernel_);
    const auto server =
        find_dhcp_server(dhcp ? around_.configuration.dhcp : DhcpChoice::off, dhcp, around_.root);
    const auto kept = record_.read();
    auto plan = plan_taking(kept, user_of(netdev), forwarding(kernel_), kernel_);
    const auto devices = devices_of(plan.kept, program);
    plan.steps.push_back(table_for(devices, devices_of(kept, program)));
    if (options.dry_run)
        return printed(plan.steps, options);
    record_.go_up(plan, kernel_);
    if (server)
        enter_nat_network(*server, around_.resolver, around_.root, log_);
    return "What guests send leaves under the address of " + names_of(devices) + ".\n";
}

std::string NetworkNat::stop(const std::optional<IfName>& asked, const NetworkOptions& options)
{
    const auto lock = record_.lock();
    const auto kept = record_.read();
    std::vector<std::string> users{asked ? user_of(*asked) : ""};
    if (!asked)
        users = users_of(kept, std::string(program) + " ");
    auto plan = plan_leaving_of(kept, users, kernel_);
    const auto before = devices_of(kept, program);
    const auto left = devices_of(plan.kept, program);
    if (left != before
        || (left.empty() && kernel_.has_table(net::nft::Family::inet, net::nat_table({}, {}).name)))
        plan.steps.insert(plan.steps.begin(), table_for(left, before));
    if (options.dry_run)
        return printed(plan.steps, options);
    record_.go_down(plan, kernel_);
    if (left.empty())
        leave_nat_network(around_.root, log_);
    if (plan.steps.empty() && plan.kept == kept)
        return std::string(program) + " is not started" + (asked ? " for " + asked->str() : "")
            + ": nothing to do.\n";
    return std::string(program) + " is stopped.\n";
}

std::string NetworkNat::status(const NetworkOptions& options)
{
    const auto devices = devices_of(record_.read(), program);
    const auto name = net::nat_table({}, {}).name;
    const bool in_place = kernel_.has_table(net::nft::Family::inet, name);
    json report = {{"started", json::array()}, {"table", name}, {"table_in_place", in_place},
        {"port_forwards", forwards(around_.configuration, devices, kernel_).size()}};
    std::string text = devices.empty() ? std::string(program) + " is not started.\n" : "";
    for (const auto& device : devices) {
        report["started"].push_back(device.str());
        text += std::string(program) + " is started for " + device.str() + ".\n";
    }
    if (in_place)
        text +=
            net::nft::to_string(net::nat_table(devices, forwards(around_.configuration, devices, kernel_)));
    else if (!devices.empty())
        text += "The nftables table " + name
            + " is gone: somebody flushed it. \"network-nat start\" puts it back.\n";
    return options.json ? net::json_text(report, 2) + "\n" : text;
}

} // namespace xen
