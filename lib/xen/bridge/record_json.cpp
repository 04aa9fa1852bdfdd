#include "xen/bridge/record_json.h"

#include "base/error.h"
#include "net/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace xen {

namespace {

using net::Entry;
using net::IfName;
using nlohmann::json;

constexpr int format = 1;
constexpr const char* phase_names[] = {"moving", "up", "returning"};

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
    json object = {{"name", link.name.str()}, {"index", link.index}, {"mac", to_string(link.mac)},
        {"mtu", link.mtu}, {"txqueuelen", link.tx_queue_length}, {"up", link.up}};
    if (link.addr_gen_mode)
        object["addrgenmode"] = *link.addr_gen_mode;
    return object;
}

net::Link link_from_json(const json& object)
{
    net::Link link{.index = object.at("index").get<int>(),
        .name = IfName::parse(object.at("name").get<std::string>()),
        .mac = net::Mac::parse(object.at("mac").get<std::string>()),
        .mtu = object.at("mtu").get<unsigned>(),
        .tx_queue_length = object.at("txqueuelen").get<unsigned>(),
        .up = object.at("up").get<bool>()};
    if (object.contains("addrgenmode"))
        link.addr_gen_mode = object.at("addrgenmode").get<net::AddrGenMode>();
    return link;
}

json to_json(const DeviceState& state)
{
    json groups = json::array();
    for (const auto& group : state.groups)
        groups.push_back(to_string(group));
    return {{"link", link_to_json(state.link)}, {"addresses", entries_to_json(state.addresses)},
        {"routes", entries_to_json(state.routes)}, {"neighbours", entries_to_json(state.neighbours)},
        {"rules", entries_to_json(state.rules)}, {"nexthops", entries_to_json(state.nexthops)},
        {"groups", groups}, {"sysctls", state.sysctls}};
}

DeviceState device_state_from_json(const json& object)
{
    DeviceState state{.link = link_from_json(object.at("link")),
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

json pair_to_json(const BridgePair& pair)
{
    return {{"netdev", pair.netdev.str()}, {"port", pair.port.str()}, {"bridge", pair.bridge.str()},
        {"holder", pair.holder.str()}, {"holder_peer", pair.holder_peer.str()}, {"aside", pair.aside.str()}};
}

BridgePair pair_from_json(const json& object)
{
    const auto name = [&](const char* key) { return IfName::parse(object.at(key).get<std::string>()); };
    return {name("netdev"), name("port"), name("bridge"), name("holder"), name("holder_peer"), name("aside")};
}

json record_to_json(const BridgeRecord& record)
{
    json object = {{"format", format}, {"pair", pair_to_json(record.pair)},
        {"phase", phase_names[static_cast<std::size_t>(record.phase)]}, {"antispoof", record.antispoof},
        {"before", to_json(record.before)}};
    if (record.wanted)
        object["wanted"] = to_json(*record.wanted);
    if (record.confirm_by)
        object["confirm_by"] = *record.confirm_by;
    return object;
}

BridgePhase phase_from_json(const json& name)
{
    const auto* const found = std::ranges::find(phase_names, name.get<std::string>());
    if (found == std::end(phase_names))
        throw base::Error("its phase is unknown");
    return static_cast<BridgePhase>(found - std::begin(phase_names));
}

BridgeRecord record_from_json(const json& object)
{
    BridgeRecord record{.pair = pair_from_json(object.at("pair")),
        .phase = phase_from_json(object.at("phase")),
        .before = device_state_from_json(object.at("before")),
        .antispoof = object.at("antispoof").get<bool>()};
    if (object.contains("wanted"))
        record.wanted = device_state_from_json(object.at("wanted"));
    if (object.contains("confirm_by"))
        record.confirm_by = object.at("confirm_by").get<std::int64_t>();
    return record;
}

} // namespace

std::string to_json_text(const BridgeRecord& record)
{
    return net::json_text(record_to_json(record));
}

BridgeRecord record_from_json_text(const std::string& text)
{
    const auto content = net::parse_json(text);
    if (content.at("format").get<int>() != format)
        throw base::Error("its format is unknown");
    return record_from_json(content);
}

} // namespace xen
