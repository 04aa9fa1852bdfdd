#include "borrowed_kernel.h"
#include "catch.h"
#include "fake_switch.h"
#include "scratch_folder.h"
#include "vif_call.h"
#include "xen/vif/script.h"
#include "xen/vif/vif_openvswitch.h"

using test::name;

namespace {

// A host with Open vSwitch, and calls of vif-openvswitch there.
struct Host {
    test::FakeKernel kernel = {};
    test::StoreContent store = test::store_of_vif();
    std::shared_ptr<test::FakeSwitch> ovs = std::make_shared<test::FakeSwitch>();
    xen::Configuration configuration = {};
    test::ScratchFolder scratch = {};
    base::Log log{"test"};

    Host()
    {
        test::fill_host(kernel);
        kernel.plug_in("ovsbr0", "02:00:00:00:00:0b", "openvswitch");
        node("bridge") = "ovsbr0";
        store.nodes["/local/domain/5/name"] = "web";
        store.nodes["/local/domain/5/vm"] = "/vm/0f2a9a8e-5f2b-4a63-9b7e-7d6f0c1b2a3d";
    }

    std::string& node(const std::string& key) { return store.nodes[test::backend + ("/" + key)]; }
    bool is_up() { return kernel.link(name("vif5.0")).up; }

    int run(const xen::Words& words)
    {
        const xen::VifSurroundings around{.log = log,
            .open_store = [&] { return std::make_unique<test::FakeXenstore>(store); },
            .open_kernel = [&] { return std::make_unique<test::BorrowedKernel>(kernel); },
            .hook_folder = scratch.path(),
            .read_configuration = [&] { return configuration; }};
        const auto planner = [&](const auto& call, const auto& settings, const auto& view) {
            return xen::plan_vif_openvswitch(call, settings, view, ovs);
        };
        return xen::run_vif_script("vif-openvswitch", planner, words, {}, around);
    }
};

} // namespace

TEST_CASE("vif-openvswitch online: a transient port with its ids, then the link comes up")
{
    Host host;
    CHECK(host.run(test::online()) == 0);
    REQUIRE(host.ovs->ports.size() == 1);
    const auto& port = host.ovs->ports.front();
    CHECK(port.bridge.name == "ovsbr0");
    CHECK(port.transient);
    CHECK(port.ids.at("iface-id") == "web.0");
    CHECK(host.is_up());
    CHECK(host.node("hotplug-status") == "connected");
    CHECK(host.run(test::online()) == 0);
    CHECK(host.ovs->changes == 1);
}

TEST_CASE("vif-openvswitch: what vswitchd cannot take is told in its words, and nothing stays")
{
    Host host;
    host.ovs->fault = "could not open network device vif5.0 (No such device)";
    CHECK(host.run(test::online()) == 1);
    CHECK(host.node("hotplug-error").find(host.ovs->fault) != std::string::npos);
    CHECK(host.ovs->ports.empty());
    CHECK_FALSE(host.is_up());
}

TEST_CASE("vif-openvswitch: without vswitchd the guest is refused and no row stays")
{
    Host host;
    host.ovs->vswitchd_runs = false;
    CHECK(host.run(test::online()) == 1);
    CHECK(host.ovs->ports.empty());
    CHECK_FALSE(host.is_up());
}

TEST_CASE("vif-openvswitch: who loses a race looks again")
{
    Host host;
    host.ovs->races_lost = 3;
    CHECK(host.run(test::online()) == 0);
    CHECK(host.ovs->ports.size() == 1);
    host.ovs->races_lost = 1000;
    host.node("bridge") = "ovsbr0.10";
    CHECK(host.run(test::online()) == 1);
    CHECK(host.node("hotplug-error").find("others change the port") != std::string::npos);
}

TEST_CASE("vif-openvswitch: a link that is up while it is no port goes down until it is one")
{
    Host host;
    host.kernel.set_up("vif5.0");
    host.ovs->fault = "no";
    CHECK(host.run(test::online()) == 1);
    CHECK(host.is_up()); // as it was
    host.ovs->fault.clear();
    CHECK(host.run(test::online()) == 0);
    CHECK(host.is_up());
}

TEST_CASE("vif-openvswitch offline: port and link are down, there or not")
{
    Host host;
    host.run(test::online());
    CHECK(host.run(test::offline()) == 0);
    CHECK(host.ovs->ports.empty());
    CHECK_FALSE(host.is_up());
    CHECK(host.run(test::offline()) == 0);
    host.kernel.pull_out("vif5.0");
    CHECK(host.run(test::offline()) == 0);
}

TEST_CASE("OVN that does not take a port over: a warning, an error, or nobody waits, by configuration")
{
    Host host;
    host.ovs->ovn_bridge = "ovsbr0";
    host.ovs->ovn_installs = false;
    CHECK(host.run(test::online()) == 0);
    CHECK(host.node("hotplug-status") == "connected");
    CHECK(host.run(test::offline()) == 0);

    host.configuration.ovn_wait = xen::OvnWait::error;
    CHECK(host.run(test::online()) == 1);
    CHECK(host.node("hotplug-error").find("'web.0'") != std::string::npos);
    CHECK(host.ovs->ports.empty());

    host.configuration.ovn_wait = xen::OvnWait::off;
    CHECK(host.run(test::online()) == 0);
}

TEST_CASE("the configuration's MTU is that of guests on OVN's bridge, and of no others")
{
    Host host;
    host.configuration.ovn_mtu = 1442;
    CHECK(host.run(test::online()) == 0);
    CHECK(host.kernel.link(name("vif5.0")).mtu == 1500);
    host.ovs->ovn_bridge = "ovsbr0";
    CHECK(host.run(test::online()) == 0);
    CHECK(host.kernel.link(name("vif5.0")).mtu == 1442);
    CHECK(host.store.nodes["/local/domain/5/device/vif/0/mtu"] == "1442");
}

TEST_CASE("VLANs on Open vSwitch: access, trunk, and both at once")
{
    Host host;
    const auto vlans_with = [&](const std::string& bridge) {
        host.node("bridge") = bridge;
        CHECK(host.run(test::online()) == 0);
        return host.ovs->ports.back().vlans;
    };
    CHECK(vlans_with("ovsbr0.10") == ovs::Membership{.tag = 10});
    CHECK(vlans_with("ovsbr0:20:30") == ovs::Membership{.trunks = {20, 30}});
    CHECK(
        vlans_with("ovsbr0.10:20") == ovs::Membership{.tag = 10, .trunks = {20}, .mode = "native-untagged"});
    host.ovs->bridges.push_back({"child", "b0", 7});
    CHECK(vlans_with("child") == ovs::Membership{.tag = 7});
    host.node("bridge") = "child.10";
    CHECK(host.run(test::online()) == 1);
}
