#include "ovs/requests_json.h"

#include "base/error.h"
#include "ovs/values_json.h"

#include <algorithm>

namespace ovs {

namespace {

using nlohmann::json;

json clause(const char* column, const char* function, const json& value)
{
    return json::array({column, function, value});
}

json select(const char* table, const json& where, const json& columns)
{
    return {{"op", "select"}, {"table", table}, {"where", where}, {"columns", columns}};
}

json by_name(const std::string& name)
{
    return json::array({clause("name", "==", name)});
}

json by_uuid(const std::string& uuid)
{
    return json::array({clause("_uuid", "==", uuid_json(uuid))});
}

json mutate(const char* table, const json& where, const json& mutations)
{
    return {{"op", "mutate"}, {"table", table}, {"where", where}, {"mutations", mutations}};
}

// The whole transaction fails, with "timed out", unless the columns of the rows are these.
json demand(const char* table, const json& where, const json& columns, const json& rows)
{
    return {{"op", "wait"}, {"timeout", 0}, {"table", table}, {"where", where}, {"columns", columns},
        {"until", "=="}, {"rows", rows}};
}

json names(const std::string& name)
{
    return json::array({{{"name", name}}});
}

json name_column()
{
    return json::array({"name"});
}

Transaction transaction(const std::vector<json>& operations)
{
    json params = json::array({"Open_vSwitch"});
    for (const auto& operation : operations)
        params.push_back(operation);
    return {std::move(params)};
}

Transaction change(std::vector<json> operations, const std::string& what)
{
    operations.push_back(mutate("Open_vSwitch", json::array(), json::array({clause("next_cfg", "+=", 1)})));
    operations.push_back(select("Open_vSwitch", json::array(), json::array({"next_cfg"})));
    operations.push_back({{"op", "comment"}, {"comment", "dom0net: " + what}});
    return transaction(operations);
}

json set_of_optional(const std::optional<std::uint16_t>& number)
{
    return number ? json(*number) : set_json(json::array());
}

json port_row(const Membership& vlans)
{
    return {{"tag", set_of_optional(vlans.tag)}, {"trunks", set_json(json(vlans.trunks))},
        {"vlan_mode", vlans.mode.empty() ? set_json(json::array()) : json(vlans.mode)}};
}

json ports_mutation(const char* how, const json& uuid)
{
    return json::array({clause("ports", how, set_json(json::array({uuid})))});
}

json transient_mutations(bool transient)
{
    json mutations = json::array({clause("other_config", "delete", set_json(json::array({"transient"})))});
    if (transient)
        mutations.push_back(clause("other_config", "insert", map_json({{"transient", "true"}})));
    return mutations;
}

Bridge read_bridge(const std::string& name, const json& bridge_result, const json& fake_result)
{
    Bridge bridge{.name = name};
    for (const auto& row : rows_of(bridge_result))
        bridge.uuid = uuid_of(column(row, "_uuid"));
    if (bridge.uuid.empty())
        for (const auto& row : rows_of(fake_result))
            if (const auto tag = optional_number_of(column(row, "tag")))
                bridge.fake_tag = static_cast<std::uint16_t>(*tag);
    return bridge;
}

Membership read_membership(const json& row)
{
    Membership vlans;
    if (const auto tag = optional_number_of(column(row, "tag")))
        vlans.tag = static_cast<std::uint16_t>(*tag);
    for (const auto& trunk : elements_of(column(row, "trunks")))
        vlans.trunks.push_back(static_cast<std::uint16_t>(number_of(trunk)));
    std::ranges::sort(vlans.trunks);
    vlans.mode = optional_text_of(column(row, "vlan_mode")).value_or("");
    return vlans;
}

void read_interface(Port& port, const json& result)
{
    for (const auto& row : rows_of(result)) {
        port.ids = map_of(column(row, "external_ids"));
        port.error = optional_text_of(column(row, "error")).value_or("");
        const auto number = optional_number_of(column(row, "ofport"));
        port.taken = number && *number > 0;
    }
}

std::optional<Port> read_port(const std::string& name, const json& port_result, const json& interface_result)
{
    const auto rows = rows_of(port_result);
    if (rows.empty() && !rows_of(interface_result).empty())
        throw base::Error(name
            + " is an interface of a port of another name in Open vSwitch, a bond: take it out there first");
    if (rows.empty())
        return std::nullopt;
    Port port{.name = name, .vlans = read_membership(rows.front())};
    port.uuid = uuid_of(column(rows.front(), "_uuid"));
    const auto other = map_of(column(rows.front(), "other_config"));
    const auto transient = other.find("transient");
    port.transient = transient != other.end() && transient->second == "true";
    read_interface(port, interface_result);
    return port;
}

std::string read_ovn_bridge(const json& result)
{
    for (const auto& row : rows_of(result)) {
        const auto ids = map_of(column(row, "external_ids"));
        const auto bridge = ids.find("ovn-bridge");
        if (ids.contains("ovn-remote"))
            return bridge == ids.end() ? "br-int" : bridge->second;
    }
    return {};
}

} // namespace

Transaction look_request(const std::vector<std::string>& bridges, const std::vector<std::string>& ports)
{
    std::vector<json> operations{select("Open_vSwitch", json::array(), json::array({"external_ids"}))};
    for (const auto& name : bridges) {
        operations.push_back(select("Bridge", by_name(name), json::array({"_uuid"})));
        operations.push_back(
            select("Port", json::array({clause("name", "==", name), clause("fake_bridge", "==", true)}),
                json::array({"_uuid", "tag"})));
    }
    for (const auto& name : ports) {
        operations.push_back(select(
            "Port", by_name(name), json::array({"_uuid", "tag", "trunks", "vlan_mode", "other_config"})));
        operations.push_back(
            select("Interface", by_name(name), json::array({"external_ids", "error", "ofport"})));
    }
    return transaction(operations);
}

Transaction place_request(const std::vector<std::string>& port_uuids)
{
    std::vector<json> operations;
    for (const auto& uuid : port_uuids)
        operations.push_back(select("Bridge", json::array({clause("ports", "includes", uuid_json(uuid))}),
            json::array({"_uuid", "name"})));
    return transaction(operations);
}

Transaction add_request(const Port& to)
{
    json row = port_row(to.vlans);
    row["name"] = to.name;
    row["interfaces"] = json::array({"named-uuid", "i"});
    if (to.transient)
        row["other_config"] = map_json({{"transient", "true"}});
    const auto bridge = by_uuid(to.bridge.uuid);
    return change({demand("Port", by_name(to.name), name_column(), json::array()),
                      demand("Bridge", bridge, json::array({"_uuid"}),
                          json::array({{{"_uuid", uuid_json(to.bridge.uuid)}}})),
                      {{"op", "insert"}, {"table", "Interface"}, {"uuid-name", "i"},
                          {"row", {{"name", to.name}, {"external_ids", map_json(to.ids)}}}},
                      {{"op", "insert"}, {"table", "Port"}, {"uuid-name", "p"}, {"row", row}},
                      mutate("Bridge", bridge, ports_mutation("insert", json::array({"named-uuid", "p"})))},
        "add " + to.name);
}

Transaction change_request(const Port& to, const Port& from)
{
    const auto port = by_uuid(from.uuid);
    std::vector<json> operations{demand("Port", port, name_column(), names(to.name)),
        {{"op", "update"}, {"table", "Port"}, {"where", port}, {"row", port_row(to.vlans)}},
        mutate("Port", port, transient_mutations(to.transient)),
        mutate("Interface", by_name(to.name),
            json::array({clause("external_ids", "delete", set_json(json(own_keys()))),
                clause("external_ids", "insert", map_json(own_ids(to.ids)))}))};
    if (to.bridge.uuid != from.bridge.uuid) {
        operations.push_back(demand("Bridge", by_uuid(to.bridge.uuid), json::array({"_uuid"}),
            json::array({{{"_uuid", uuid_json(to.bridge.uuid)}}})));
        operations.push_back(
            mutate("Bridge", by_uuid(from.bridge.uuid), ports_mutation("delete", uuid_json(from.uuid))));
        operations.push_back(
            mutate("Bridge", by_uuid(to.bridge.uuid), ports_mutation("insert", uuid_json(from.uuid))));
    }
    return change(operations, "change " + to.name);
}

Transaction remove_request(const Port& from)
{
    return change(
        {demand("Port", by_uuid(from.uuid), name_column(), names(from.name)),
            mutate("Bridge", by_uuid(from.bridge.uuid), ports_mutation("delete", uuid_json(from.uuid)))},
        "remove " + from.name);
}

Looked read_look(
    const json& result, const std::vector<std::string>& bridges, const std::vector<std::string>& ports)
{
    const auto results = results_of(result, 1 + 2 * bridges.size() + 2 * ports.size());
    Looked looked;
    auto next = results.begin();
    looked.sight.ovn_bridge = read_ovn_bridge(*next++);
    for (const auto& name : bridges) {
        auto bridge = read_bridge(name, next[0], next[1]);
        if (bridge.uuid.empty() && bridge.fake_tag)
            looked.to_place.push_back(uuid_of(column(rows_of(next[1]).front(), "_uuid")));
        if (!bridge.uuid.empty() || bridge.fake_tag)
            looked.sight.bridges.push_back(std::move(bridge));
        next += 2;
    }
    for (const auto& name : ports) {
        if (auto port = read_port(name, next[0], next[1])) {
            looked.to_place.push_back(port->uuid);
            looked.sight.ports.push_back(*std::move(port));
        }
        next += 2;
    }
    return looked;
}

void read_places(const json& result, Looked& looked)
{
    const auto results = results_of(result, looked.to_place.size());
    auto next = results.begin();
    for (auto& bridge : looked.sight.bridges)
        if (bridge.uuid.empty()) {
            for (const auto& row : rows_of(*next))
                bridge.uuid = uuid_of(column(row, "_uuid"));
            ++next;
        }
    for (auto& port : looked.sight.ports) {
        for (const auto& row : rows_of(*next))
            port.bridge = {.name = text_of(column(row, "name")), .uuid = uuid_of(column(row, "_uuid"))};
        ++next;
    }
}

std::int64_t read_change(const json& result, std::size_t operations)
{
    const auto results = results_of(result, operations);
    const auto rows = rows_of(results[operations - 2]);
    if (rows.empty())
        throw base::Error("Open vSwitch's database has not been prepared (ovs-vsctl init): it has no row");
    return number_of(column(rows.front(), "next_cfg"));
}

} // namespace ovs
