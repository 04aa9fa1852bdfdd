// What network-bridge and dom0net show of the bridges.
#include "xen/bridge/status.h"

#include "base/text.h"
#include "xen/bridge/network_bridge.h"
#include "xen/bridge/preflight.h"

#include <algorithm>

namespace xen {

namespace {

using net::IfName;

std::vector<std::string> texts(const std::vector<net::Entry>& entries)
{
    std::vector<std::string> lines;
    for (const auto& entry : entries)
        lines.push_back(to_string(entry));
    return lines;
}

PairStatus look_at_pair(const net::KernelView& kernel, const BridgeRecord* record, const IfName& device)
{
    PairStatus status{.record = record, .device = device, .link = kernel.find_link(device)};
    if (!status.link)
        return status;
    const auto state = look_at(kernel, device);
    status.addresses = texts(state.addresses);
    status.routes = texts(state.routes);
    if (record)
        status.warnings = warnings_about(device, kernel);
    if (status.link->is_bridge())
        for (const auto& port : kernel.ports(*status.link))
            status.ports.push_back(port.name.str());
    return status;
}

std::string phase_text(const BridgeRecord& record)
{
    switch (record.phase) {
    case BridgePhase::moving:
        return "start was cut short: run \"dom0net rollback\", or start again";
    case BridgePhase::returning:
        return "stop was cut short: run \"dom0net rollback\", or stop again";
    case BridgePhase::up:
        break;
    }
    if (!record.confirm_by)
        return "up";
    return "up, goes back in "
        + std::to_string(std::max<std::int64_t>(0, *record.confirm_by - seconds_since_boot()))
        + " s unless confirmed (dom0net confirm)";
}

void add_lines(std::string& text, const std::string& heading, const std::vector<std::string>& lines)
{
    constexpr std::size_t width = 11;
    std::string begin = heading + std::string(width - heading.size(), ' ');
    for (const auto& line : lines) {
        text += "  " + begin + line + "\n";
        begin.assign(width, ' ');
    }
}

} // namespace

std::string for_people(const PairStatus& status)
{
    std::string text = status.device.str() + ": ";
    if (status.record)
        text += phase_text(*status.record) + "; card " + status.record->pair.port.str() + ", antispoof "
            + (status.record->antispoof ? "yes" : "no") + "\n";
    else
        text += status.link ? "no bridge of network-bridge\n" : "there is no such interface\n";
    if (status.link)
        add_lines(text, "link",
            {to_string(status.link->mac) + ", MTU " + std::to_string(status.link->mtu)
                + (status.link->running   ? ", running"
                        : status.link->up ? ", no carrier"
                                          : ", down")});
    add_lines(text, "ports", status.ports);
    add_lines(text, "addresses", status.addresses);
    add_lines(text, "routes", status.routes);
    add_lines(text, "warning", status.warnings);
    return text;
}

std::string NetworkBridge::status(const BridgeRequest& request, bool as_json)
{
    auto records = records_.all();
    std::erase_if(records, [&](const BridgeRecord& each) {
        const auto is_card = [&](const net::IfName& name) {
            return each.pair.netdev == name || each.pair.port == name;
        };
        const bool is_bridge = each.pair.bridge == request.bridge
            || (each.pair.bridge == each.pair.netdev && each.pair.port == request.bridge);
        return (request.bridge && !is_bridge) || (request.netdev && !is_card(*request.netdev));
    });
    std::vector<PairStatus> pairs;
    for (const auto& record : records)
        pairs.push_back(look_at_pair(kernel_, &record, record.pair.bridge));
    for (const auto& device : {request.bridge, request.netdev})
        if (records.empty() && device)
            pairs.push_back(look_at_pair(kernel_, nullptr, *device));
    if (as_json)
        return to_json_text(pairs);
    std::string text;
    for (const auto& pair : pairs)
        text += for_people(pair);
    return text.empty() && faults().empty() ? "There is no bridge of network-bridge.\n" : text;
}

} // namespace xen
