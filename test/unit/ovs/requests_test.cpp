#include "base/error.h"
#include "catch.h"
#include "ovs/requests_json.h"
#include "ovs/values_json.h"

using nlohmann::json;
using ovs::Port;

namespace {

Port guest()
{
    return {.name = "vif1.0",
        .bridge = {.name = "ovsbr0", .uuid = "b0"},
        .vlans = {.tag = 10, .trunks = {20, 30}, .mode = "native-untagged"},
        .transient = true,
        .ids = {{"attached-mac", "00:16:3e:00:00:01"}, {"xen-vm-name", "web\" -- add-br x"}}};
}

const json& find_operation(const ovs::Transaction& request, const std::string& op, const std::string& table)
{
    for (const auto& each : request.params)
        if (each.is_object() && each["op"] == op && each.value("table", "") == table)
            return each;
    throw std::runtime_error("no " + op + " in " + table);
}

json answer_of_look()
{
    return json::parse(R"([{"rows":[{"external_ids":["map",[["ovn-remote","tcp:192.0.2.1:6642"]]]}]},
        {"rows":[]},{"rows":[]},
        {"rows":[{"_uuid":["uuid","b0"]}]},{"rows":[]},
        {"rows":[{"_uuid":["uuid","p0"],"tag":10,"trunks":["set",[30,20]],"vlan_mode":"native-untagged",
                  "other_config":["map",[["transient","true"]]]}]},
        {"rows":[{"external_ids":["map",[["iface-id","web.0"],["ovn-installed","true"]]],"error":["set",[]],"ofport":3}]}])");
}

} // namespace

TEST_CASE("a port that is added demands that it is not there and its bridge is")
{
    const auto request = ovs::add_request(guest());
    CHECK(request.params[0] == "Open_vSwitch");
    const auto& wait = find_operation(request, "wait", "Port");
    CHECK(wait["timeout"] == 0);
    CHECK(wait["rows"] == json::array());
    CHECK(find_operation(request, "wait", "Bridge")["rows"].size() == 1);
    const auto& row = find_operation(request, "insert", "Port")["row"];
    CHECK(row["tag"] == 10);
    CHECK(row["trunks"] == json::parse(R"(["set",[20,30]])"));
    CHECK(row["vlan_mode"] == "native-untagged");
    CHECK(row["other_config"] == json::parse(R"(["map",[["transient","true"]]])"));
    const auto& ids = find_operation(request, "insert", "Interface")["row"]["external_ids"];
    CHECK(ids[1][1] == json::array({"xen-vm-name", "web\" -- add-br x"}));
    CHECK(find_operation(request, "mutate", "Bridge")["mutations"]
        == json::parse(R"([["ports","insert",["set",[["named-uuid","p"]]]]])"));
}

TEST_CASE("of a port that is there only our own external_ids are changed, never all of them")
{
    auto from = guest();
    from.uuid = "p0";
    from.bridge.uuid = "b1";
    from.ids["ovn-installed"] = "true";
    const auto request = ovs::change_request(guest(), from);
    for (const auto& each : request.params)
        if (each.is_object() && each["op"] == "update")
            CHECK_FALSE(each["row"].contains("external_ids"));
    const auto& mutations = find_operation(request, "mutate", "Interface")["mutations"];
    CHECK(mutations[0][1] == "delete");
    CHECK(mutations[0][2].dump().find("ovn-installed") == std::string::npos);
    CHECK(mutations[1][2].dump().find("ovn-installed") == std::string::npos);
    CHECK(request.params.dump().find(R"(["ports","delete",["set",[["uuid","p0"]]]])") != std::string::npos);
    CHECK(request.params.dump().find(R"(["ports","insert",["set",[["uuid","p0"]]]])") != std::string::npos);
}

TEST_CASE("a look asks for no bridge's ports")
{
    CHECK(ovs::look_request({"a"}, {"b"}).params.dump().find("\"ports\"") == std::string::npos);
    CHECK(ovs::place_request({"u"}).params[1]["columns"] == json::array({"_uuid", "name"}));
}

TEST_CASE("what a look shows: sets of one come bare")
{
    auto looked = ovs::read_look(answer_of_look(), {"ovsbr0.10", "ovsbr0"}, {"vif1.0"});
    CHECK(looked.sight.ovn_bridge == "br-int");
    CHECK_FALSE(looked.sight.find_bridge("ovsbr0.10"));
    CHECK(looked.sight.find_bridge("ovsbr0")->uuid == "b0");
    CHECK(looked.to_place == std::vector<std::string>{"p0"});
    ovs::read_places(json::parse(R"([{"rows":[{"_uuid":["uuid","b9"],"name":"other"}]}])"), looked);
    const auto& port = *looked.sight.find_port("vif1.0");
    CHECK(port.bridge.name == "other");
    CHECK(port.vlans == guest().vlans);
    CHECK(port.transient);
    CHECK(port.taken);
    CHECK(port.error.empty());
}

TEST_CASE("a fake bridge's ports are in its parent's row")
{
    const auto result =
        json::parse(R"([{"rows":[]},{"rows":[]},{"rows":[{"_uuid":["uuid","f0"],"tag":5}]}])");
    auto looked = ovs::read_look(result, {"child"}, {});
    CHECK(looked.to_place == std::vector<std::string>{"f0"});
    ovs::read_places(json::parse(R"([{"rows":[{"_uuid":["uuid","b0"],"name":"parent"}]}])"), looked);
    CHECK(looked.sight.bridges == std::vector{ovs::Bridge{"child", "b0", 5}});
}

TEST_CASE("an interface of a bond is no port of ours")
{
    const auto result = json::parse(R"([{"rows":[]},{"rows":[]},
        {"rows":[{"external_ids":["map",[]],"error":["set",[]],"ofport":["set",[]]}]}])");
    CHECK_THROWS_WITH(ovs::read_look(result, {}, {"vif1.0"}), Catch::Contains("a bond"));
}

TEST_CASE("a transaction that failed is told in the database's words, wherever it tells them")
{
    const auto in_place = json::parse(
        R"([{},{"error":"constraint violation","details":"4096 is not in the valid range"},null])");
    CHECK_THROWS_WITH(ovs::results_of(in_place, 3), Catch::Contains("4096 is not in the valid range"));
    const auto at_commit =
        json::parse(R"([{},{},{"error":"referential integrity violation","details":"Table Bridge"}])");
    CHECK_THROWS_WITH(ovs::results_of(at_commit, 2), Catch::Contains("Table Bridge"));
    const auto one_less = json::parse(R"([{}])");
    CHECK_THROWS_WITH(ovs::results_of(one_less, 2), Catch::Contains("makes no sense"));
}

TEST_CASE("whatever is wrong with an answer, it is an error of ours")
{
    const std::vector<std::string> one{"x"};
    for (const auto* const text :
        {"null", "{}", "[]", "[1,2,3,4,5]", R"([{"rows":1},{"rows":[]},{"rows":[]},{},{}])",
            R"([{"rows":[]},{"rows":[{"_uuid":["uuid",1]}]},{"rows":[]},{"rows":[]},{"rows":[]}])",
            R"([{"rows":[{"external_ids":["map",[1]]}]},{"rows":[]},{"rows":[]},{"rows":[]},{"rows":[]}])",
            R"([{"rows":[]},{"rows":[]},{"rows":[]},{"rows":[{"_uuid":["uuid","p"],"tag":"x","trunks":3,"vlan_mode":1}]},{"rows":[]}])"})
        CHECK_THROWS_AS(ovs::read_look(json::parse(text), one, one), base::Error);
}
