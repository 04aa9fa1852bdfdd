#include "xen/device_state.h"

#include "net/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace xen {

namespace {

using net::Entry;
using net::IfName;
using nlohmann::json;

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

json entries_to_json(const std::vector<Entry>& entries)
{
    json list = json::array();
    for (const auto& entry : entries)
        list.push_back(net::entry_to_json(entry));
    return list;
}

std::vector<Entry> entries_from_json(const json& list)
{
    std::vector<Entry> entries;
    for (const auto& each : list)
        entries.push_back(net::entry_from_json(each));
    return entries;
}

json link_to_json(const net::Link& link)
{
    json object = {{"name", link.name.str()}, {"index", link.index}, {"mac", to_string(link.mac)}, {"mtu", link.mtu},
        {"txqueuelen", link.tx_queue_length}, {"up", link.up}};
    if (link.addr_gen_mode)
        object["addrgenmode"] = *link.addr_gen_mode;
    return object;
}

net::Link link_from_json(const json& object)
{
    net::Link link {.index = object.at("index").get<int>(), .name = IfName::parse(object.at("name").get<std::string>()),
        .mac = net::Mac::parse(object.at("mac").get<std::string>()), .mtu = object.at("mtu").get<unsigned>(),
        .tx_queue_length = object.at("txqueuelen").get<unsigned>(), .up = object.at("up").get<bool>()};
    if (object.contains("addrgenmode"))
        link.addr_gen_mode = object.at("addrgenmode").get<net::AddrGenMode>();
    return link;
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
    const auto standard = kernel.sysctls(IfName::parse("default"));
    std::erase_if(settings, [&](const auto& setting) {
        const auto usual = standard.find(setting.first);
        return usual == standard.end() || usual->second == setting.second;
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

json to_json(const DeviceState& state)
{
    json groups = json::array();
    for (const auto& group : state.groups)
        groups.push_back(to_string(group));
    return {{"link", link_to_json(state.link)}, {"addresses", entries_to_json(state.addresses)},
        {"routes", entries_to_json(state.routes)}, {"neighbours", entries_to_json(state.neighbours)},
        {"rules", entries_to_json(state.rules)}, {"nexthops", entries_to_json(state.nexthops)}, {"groups", groups},
        {"sysctls", state.sysctls}};
}

DeviceState device_state_from_json(const json& object)
{
    DeviceState state {.link = link_from_json(object.at("link")),
        .addresses = entries_from_json(object.at("addresses")),
        .routes = entries_from_json(object.at("routes")),
        .neighbours = entries_from_json(object.at("neighbours")),
        .rules = entries_from_json(object.at("rules")),
        .nexthops = entries_from_json(object.at("nexthops")),
        .sysctls = object.at("sysctls").get<net::Sysctls>()};
    for (const auto& group : object.at("groups"))
        state.groups.push_back(net::Mac::parse(group.get<std::string>()));
    return state;
}

} // namespace xen
