#include "xen/bridge/device_state.h"

#include <algorithm>

namespace xen {

namespace {

using net::Entry;
using net::IfName;

std::vector<Entry> kept(const net::KernelView& kernel, net::Table table, const IfName& device)
{
    std::vector<Entry> entries;
    for (auto& entry : kernel.entries(table, device))
        if (!net::is_kernels_own(entry))
            entries.push_back(net::normalized(std::move(entry)));
    return entries;
}

std::vector<Entry> renamed_entries(std::vector<Entry> entries, const IfName& from, const IfName& to)
{
    for (auto& entry : entries)
        entry = net::renamed(std::move(entry), from, to);
    return entries;
}

} // namespace

DeviceState look_at(const net::KernelView& kernel, const IfName& device)
{
    return {.link = kernel.link(device),
        .addresses = kept(kernel, net::Table::addresses, device),
        .routes = kept(kernel, net::Table::routes, device),
        .neighbours = kept(kernel, net::Table::neighbours, device),
        .rules = kept(kernel, net::Table::rules, device),
        .nexthops = kept(kernel, net::Table::nexthops, device),
        .groups = kernel.joined_groups(device)};
}

net::Sysctls settings_of(const net::KernelView& kernel, const IfName& device)
{
    auto settings = kernel.sysctls(device);
    const auto standard = kernel.sysctls(IfName::defaults());
    std::erase_if(settings, [&](const auto& setting) {
        const auto usual = standard.find(setting.first);
        return usual != standard.end() && usual->second == setting.second;
    });
    return settings;
}

DeviceState renamed(const DeviceState& state, const IfName& from, const IfName& to)
{
    auto result = state;
    if (result.link.name == from)
        result.link.name = to;
    for (auto* const entries :
        {&result.addresses, &result.routes, &result.neighbours, &result.rules, &result.nexthops})
        *entries = renamed_entries(std::move(*entries), from, to);
    return result;
}

} // namespace xen
