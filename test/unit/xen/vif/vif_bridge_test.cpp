#include "base/error.h"
#include "catch.h"
#include "entries.h"
#include "golden.h"
#include "vif_call.h"
#include "xen/vif/vif_bridge.h"

using net::to_string;
using test::FakeKernel;
using test::name;

namespace {

// A host, a store and what vif-bridge makes of them.
struct Case {
    FakeKernel kernel = {};
    test::StoreContent content = test::store_of_vif();

    Case() { test::fill_host(kernel); }

    std::string& node(const std::string& key) { return content.nodes[test::backend + ("/" + key)]; }
    void forget(const std::string& key) { content.nodes.erase(test::backend + ("/" + key)); }

    xen::VifPlan plan(const xen::Words& words)
    {
        for (const auto& [path, value] : test::StoreContent(content).nodes)
            content.nodes["/local/domain/0/" + path] = value;
        const test::FakeXenstore store(content);
        const auto call = xen::Invocation::parse(words, true).value();
        return xen::plan_vif_bridge(call, xen::VifSettings(words, &store, call.xenbus_path), kernel);
    }

    void run(const xen::Words& words) { net::carry_out(plan(words).steps, kernel); }

    // The plan is as agreed, and carrying it out leads to a host for which there is nothing more to do.
    void check_golden(const std::string& file, const xen::Words& words)
    {
        const auto made = plan(words);
        test::check_golden(file, to_string(made.steps));
        net::carry_out(made.steps, kernel);
        CHECK(plan(words).steps.empty());
    }

    net::Link link(const std::string& which) { return kernel.link(name(which)); }
    bool is_port(const std::string& which, const std::string& bridge)
    {
        return link(which).master == link(bridge).index;
    }
};

const net::Mac port_mac = net::Mac::parse("fe:ff:ff:ff:ff:ff");

} // namespace

TEST_CASE("S01: online makes the vif a port of the bridge named in Xenstore, and up")
{
    Case host;
    host.check_golden("s01-online.plan", test::online());
    CHECK(host.is_port("vif5.0", "xenbr0"));
    CHECK(host.link("vif5.0").up);
    CHECK(host.link("vif5.0").mac == port_mac);
    CHECK(host.link("vif5.0").addr_gen_mode == net::AddrGenMode::none);
    CHECK(host.plan(test::online()).mtu == 1500);
}

TEST_CASE("S01: a vif with a MAC address of its own gets the one of all guests' interfaces")
{
    Case host;
    host.kernel.apply(net::ChangeLink{name("vif5.0"), {.mac = net::Mac::parse("00:16:3e:00:00:05")}, {}});
    host.check_golden("s01-online-other-mac.plan", test::online());
    CHECK(host.link("vif5.0").mac == port_mac);
}

TEST_CASE("S02: online twice is online once")
{
    Case host;
    host.run(test::online());
    CHECK(host.plan(test::online()).steps.empty());
    CHECK(host.plan(test::online()).mtu == 1500);
}

TEST_CASE("S03: offline takes the vif off its bridge, and down")
{
    Case host;
    host.run(test::online());
    host.check_golden("s03-offline.plan", test::offline());
    CHECK_FALSE(host.link("vif5.0").master);
    CHECK_FALSE(host.link("vif5.0").up);
}

TEST_CASE("S04: offline twice is offline once")
{
    Case host;
    host.run(test::online());
    host.run(test::offline());
    CHECK(host.plan(test::offline()).steps.empty());
}

TEST_CASE("S05: offline of a vif that is gone succeeds")
{
    Case host;
    host.kernel.pull_out("vif5.0");
    CHECK(host.plan(test::offline()).steps.empty());
}

TEST_CASE("offline succeeds when the bridge is gone, or was never named")
{
    Case host;
    host.run(test::online());
    host.kernel.pull_out("xenbr0");
    host.run(test::offline());
    CHECK_FALSE(host.link("vif5.0").up);
    host.forget("bridge");
    CHECK_NOTHROW(host.plan(test::offline()));
}

TEST_CASE("S06: a bridge that is missing is named in the error, and nothing is done")
{
    Case host;
    host.node("bridge") = "xenbr7";
    CHECK_THROWS_WITH(host.plan(test::online()), "Could not find bridge device xenbr7");
}

TEST_CASE("F3: a bridge may be named by an alternative name, and is shown by its own")
{
    Case host;
    host.kernel.add_alternative_name("xenbr0", "the-bridge-to-the-world");
    host.node("bridge") = "the-bridge-to-the-world";
    CHECK(net::to_string(host.plan(test::online()).steps).find("master xenbr0") != std::string::npos);
}

TEST_CASE("F3: an alternative name that happens to be the vif's own makes no card the vif")
{
    Case host;
    host.kernel.plug_in("eth0", "02:00:00:00:00:01");
    host.kernel.pull_out("vif5.0");
    host.kernel.add_alternative_name("eth0", "vif5.0");
    CHECK_THROWS_WITH(host.plan(test::online()), Catch::Contains("does not exist"));
}

TEST_CASE("S07: for xenbrN, a bridge ethN will do")
{
    Case host;
    host.node("bridge") = "xenbr1";
    host.kernel.add_plain_bridge("eth1");
    host.run(test::online());
    CHECK(host.is_port("vif5.0", "eth1"));
}

TEST_CASE("S07: an ethN that is a card will not do for xenbrN")
{
    Case host;
    host.node("bridge") = "xenbr9";
    CHECK_THROWS_WITH(host.plan(test::online()), "Could not find bridge device xenbr9");
}

TEST_CASE("S07c: xenbr0 is taken where both it and a bridge eth0 exist")
{
    Case host;
    host.kernel.add_plain_bridge("eth0");
    host.run(test::online());
    CHECK(host.is_port("vif5.0", "xenbr0"));
}

TEST_CASE("S08: with no bridge named, the only one is taken")
{
    Case host;
    host.forget("bridge");
    host.run(test::online());
    CHECK(host.is_port("vif5.0", "xenbr0"));
}

TEST_CASE("S09: with no bridge named and none there, online fails in Xen's words")
{
    Case host;
    host.forget("bridge");
    host.kernel.pull_out("xenbr0");
    CHECK_THROWS_WITH(host.plan(test::online()), "Could not find bridge, and none was specified");
}

TEST_CASE("with no bridge named and several there, online does not guess")
{
    Case host;
    host.forget("bridge");
    host.kernel.add_plain_bridge("virbr0");
    CHECK_THROWS_WITH(host.plan(test::online()), Catch::Contains("xenbr0, virbr0"));
}

TEST_CASE("S10: the bridge is Xenstore's, else the command line's, else the environment's")
{
    Case host;
    for (const auto* const bridge : {"a", "b", "c"})
        host.kernel.add_plain_bridge(bridge);
    const auto words = test::words_of(
        {"online", "bridge=b"}, {{"XENBUS_PATH", test::backend}, {"vif", "vif5.0"}, {"bridge", "a"}});
    host.node("bridge") = "c";
    CHECK(host.plan(words).hook_variables.at("bridge") == "c");
    host.node("bridge") = "";
    CHECK_THROWS_WITH(host.plan(words), Catch::Contains("none was specified"));
    host.content.nodes.clear();
    CHECK(host.plan(words).hook_variables.at("bridge") == "b");
}

TEST_CASE("S11: what is no bridge is refused before anything is touched")
{
    Case host;
    host.node("bridge") = "eth9";
    CHECK_THROWS_WITH(host.plan(test::online()), Catch::StartsWith("eth9 is not a bridge"));
}

TEST_CASE("S12: a vif that does not come is an error")
{
    Case host;
    host.kernel.pull_out("vif5.0");
    CHECK_THROWS_WITH(host.plan(test::online()),
        Catch::StartsWith("The interface vif5.0 does not exist and did not appear"));
}

TEST_CASE("a vif that comes late is waited for")
{
    Case host;
    host.kernel.pull_out("vif5.0");
    host.kernel.plug_in_when_awaited("vif5.0", "fe:ff:ff:ff:ff:ff", "vif");
    host.run(test::online());
    CHECK(host.is_port("vif5.0", "xenbr0"));
}

TEST_CASE("S13: a vifname is the vif's name, and offline knows it again")
{
    Case host;
    host.node("vifname") = "web0";
    host.check_golden("s13-online-vifname.plan", test::online());
    CHECK_FALSE(host.kernel.find_link(name("vif5.0")));
    CHECK(host.link("web0").alias == "vif5.0");
    CHECK(host.is_port("web0", "xenbr0"));
    CHECK(host.plan(test::online()).device.str() == "web0");
    host.check_golden("s13-offline-vifname.plan", test::offline());
    CHECK_FALSE(host.link("web0").up);
}

TEST_CASE("S13: a vif renamed by Xen's own scripts, without an alias, is known by its driver")
{
    Case host;
    host.node("vifname") = "web0";
    host.kernel.pull_out("vif5.0");
    host.kernel.plug_in("vif5.0", "fe:ff:ff:ff:ff:ff").parent = "vif-5-0";
    host.run(test::online());
    host.kernel.apply(net::ChangeLink{name("web0"), {.alias = ""}, {}});
    host.run(test::offline());
    CHECK_FALSE(host.link("web0").master);
}

TEST_CASE("offline leaves another guest's interface of the same vifname alone")
{
    Case host;
    host.node("vifname") = "web0";
    host.kernel.plug_in("web0", "02:00:00:00:00:0a").alias = "vif4.0";
    host.kernel.set_up("web0");
    host.kernel.pull_out("vif5.0");
    CHECK(host.plan(test::offline()).steps.empty());
}

TEST_CASE("a vifname that names something of the host's, which no driver or alias makes this guest's, is "
          "left alone")
{
    const std::string claimed = GENERATE("eth9", "xenbr0", "lo0");
    Case host;
    host.kernel.plug_in("lo0", "02:00:00:00:00:0b");
    host.kernel.set_up("lo0");
    host.node("vifname") = claimed;
    const auto before = host.kernel.state();
    CHECK_THROWS_WITH(host.plan(test::online()), Catch::Contains("already exists"));
    host.kernel.pull_out("vif5.0");
    CHECK(host.plan(test::offline()).steps.empty());
    CHECK_THROWS(host.plan(test::online()));
}

TEST_CASE("a caller's name for the vif is believed only where alias or driver say so")
{
    Case host;
    const auto called = [](const std::string& action, const std::string& vif) {
        return test::words_of({action}, {{"XENBUS_PATH", test::backend}, {"vif", vif}});
    };
    host.kernel.pull_out("vif5.0");
    CHECK(host.plan(called("offline", "eth9")).steps.empty());
    CHECK_THROWS_WITH(
        host.plan(called("online", "eth9")), Catch::Contains("not the interface of this guest"));
    host.kernel.plug_in("renamed", "fe:ff:ff:ff:ff:ff").alias = "vif5.0";
    host.kernel.set_master("renamed", "xenbr0");
    CHECK(host.plan(called("offline", "renamed")).steps.size() == 1);
}

TEST_CASE("another guest's interface under this one's name is left alone")
{
    Case host;
    host.kernel.pull_out("vif5.0");
    host.kernel.plug_in("vif5.0", "fe:ff:ff:ff:ff:ff").alias = "vif7.0";
    host.kernel.set_up("vif5.0");
    CHECK(host.plan(test::offline()).steps.empty());
    CHECK_THROWS_WITH(host.plan(test::online()), Catch::Contains("not the interface of this guest"));
}

TEST_CASE("a filtered vif that somebody has renamed since is found by the record of its filter")
{
    Case host;
    host.node("ip") = "192.0.2.7";
    host.kernel.pull_out("vif5.0");
    host.kernel.plug_in("vif5.0", "fe:ff:ff:ff:ff:ff").parent = "vif-5-0";
    host.run(test::online());
    host.kernel.apply(net::RenameLink{name("vif5.0"), name("mine")});
    const auto plan = host.plan(test::offline());
    CHECK(plan.device == name("mine"));
    net::carry_out(plan.steps, host.kernel);
    CHECK_FALSE(host.link("mine").up);
    CHECK_FALSE(host.kernel.find_filter(name("vif5.0")));
}

TEST_CASE("the filter of an interface that is up stays, if nothing but its index is known any more")
{
    Case host;
    host.node("ip") = "192.0.2.7";
    host.run(test::online());
    host.kernel.apply(net::RenameLink{name("vif5.0"), name("mine")});
    CHECK(host.plan(test::offline()).steps.empty());
    host.kernel.pull_out("mine");
    CHECK(host.plan(test::offline()).steps.size() == 1);
}

TEST_CASE("S14: a vifname that another interface has is refused in Xen's words")
{
    Case host;
    host.node("vifname") = "web0";
    host.kernel.plug_in("web0", "02:00:00:00:00:0a");
    CHECK_THROWS_WITH(host.plan(test::online()),
        "Cannot rename interface vif5.0. An interface with name web0 already exists.");
}

TEST_CASE("S15: a vifname that is too long is refused")
{
    Case host;
    host.node("vifname") = "1234567890123456";
    CHECK_THROWS_WITH(host.plan(test::online()), Catch::Contains("longer than 15 characters"));
}

TEST_CASE("S16: the mtu in Xenstore is the vif's, and the bridge keeps its own")
{
    Case host;
    host.node("mtu") = "1400";
    host.check_golden("s16-online-mtu.plan", test::online());
    CHECK(host.link("vif5.0").mtu == 1400);
    CHECK(host.link("xenbr0").mtu == 1500);
    CHECK(host.plan(test::online()).mtu == 1400);
}

TEST_CASE("S17: without an mtu of its own the vif has the bridge's")
{
    Case host;
    host.kernel.apply(net::ChangeLink{name("eth9"), {.mtu = 9000U}, {}});
    REQUIRE(host.link("xenbr0").mtu == 9000);
    host.check_golden("s17-online-jumbo.plan", test::online());
    CHECK(host.link("vif5.0").mtu == 9000);
    CHECK(host.link("xenbr0").mtu == 9000);
}

TEST_CASE("S18, S19: an mtu in Xenstore that cannot be leaves the vif's as it is")
{
    Case host;
    host.node("mtu") = GENERATE(as<std::string>(), "abc", "0", "99999", "67", "-1", "1500x");
    host.run(test::online());
    CHECK(host.link("vif5.0").mtu == 1500);
    CHECK(host.plan(test::online()).mtu == 1500);
    CHECK_THAT(host.plan(test::online()).remarks.front(), Catch::EndsWith("ignoring"));
}

TEST_CASE("an mtu on the command line that cannot be is the caller's fault")
{
    Case host;
    CHECK_THROWS_AS(host.plan(test::online({"mtu=abc"})), base::UsageError);
    CHECK_NOTHROW(host.plan(test::online({"mtu=1400"})));
}

TEST_CASE("a bridge whose mtu the vif cannot take leaves the vif's as it is")
{
    Case host;
    host.kernel.apply(net::ChangeLink{name("eth9"), {.mtu = 9000U}, {}});
    host.kernel.pull_out("vif5.0");
    host.kernel.plug_in("vif5.0", "fe:ff:ff:ff:ff:ff", "vif").max_mtu = 1500;
    host.run(test::online());
    CHECK(host.link("vif5.0").mtu == 1500);
    CHECK(host.link("xenbr0").mtu == 9000);
}

TEST_CASE("a bridge without ports keeps its MTU and has no MAC address to keep")
{
    Case host;
    host.kernel.pull_out("eth9");
    host.node("mtu") = "1400";
    host.run(test::online());
    CHECK(host.link("xenbr0").mtu == 1500);
}

TEST_CASE("S20, S21: a tap is made a port, and taken off again")
{
    Case host;
    host.check_golden("s20-add-tap.plan", test::tap("add"));
    CHECK(host.is_port("vif5.0-emu", "xenbr0"));
    CHECK(host.link("vif5.0-emu").mac == port_mac);
    CHECK(host.link("xenbr0").mac == net::Mac::parse("00:25:90:00:00:09"));
    host.run(test::tap("remove"));
    CHECK_FALSE(host.link("vif5.0-emu").master);
    host.kernel.pull_out("vif5.0-emu");
    CHECK(host.plan(test::tap("remove")).steps.empty()); // S21b
}

TEST_CASE("S22: a tap of a guest with a vifname gets it, with -emu")
{
    Case host;
    host.node("vifname") = "web0";
    host.run(test::tap("add"));
    CHECK(host.is_port("web0-emu", "xenbr0"));
}

TEST_CASE("S28: a vif on another bridge moves to the one that is asked for")
{
    Case host;
    host.run(test::online());
    host.kernel.add_plain_bridge("xenbr1");
    host.node("bridge") = "xenbr1";
    host.check_golden("s28-online-other-bridge.plan", test::online());
    CHECK(host.is_port("vif5.0", "xenbr1"));
}

TEST_CASE("S29: addresses on the interface are taken away, of both families")
{
    Case host;
    host.kernel.set_up("vif5.0");
    host.kernel.add(test::address("10.0.0.9/24", {.dev = "vif5.0"}));
    host.kernel.add(test::address("2001:db8::9/64", {.dev = "vif5.0"}));
    host.run(test::online());
    CHECK(host.kernel.entries(net::Table::addresses, name("vif5.0")).empty());
    CHECK(host.plan(test::online()).steps.empty());
}

TEST_CASE("S29: addresses are taken away from an interface that is also renamed, however many it has")
{
    Case host;
    host.node("vifname") = "web0";
    host.kernel.add(test::address("10.0.0.9/24", {.dev = "vif5.0"}));
    host.kernel.add(test::address("10.0.1.9/24", {.dev = "vif5.0"}));
    host.kernel.add(test::address("10.0.2.9/24", {.dev = "vif5.0", .label = "vif5.0:x"}));
    const auto before = host.kernel.state();
    const auto plan = host.plan(test::online()).steps;
    net::carry_out(plan, host.kernel);
    CHECK(host.kernel.entries(net::Table::addresses, name("web0")).empty());
    net::carry_out_anyway(net::undoing(plan), host.kernel);
    CHECK(host.kernel.state() == before);
}

TEST_CASE("wherever online breaks, the host is as before")
{
    const auto prepare = GENERATE(
        +[](Case&) {}, +[](Case& host) { host.node("vifname") = "web0"; },
        +[](Case& host) { host.node("mtu") = "1400"; },
        +[](Case& host) {
            host.run(test::online());
            host.kernel.add_plain_bridge("xenbr1");
            host.node("bridge") = "xenbr1";
        },
        +[](Case& host) { host.kernel.add(test::address("10.0.0.9/24", {.dev = "vif5.0"})); });
    const auto how = GENERATE(FakeKernel::Break::before, FakeKernel::Break::after);
    Case sample;
    prepare(sample);
    const auto steps = static_cast<int>(sample.plan(test::online()).steps.size());
    REQUIRE(steps > 0);
    for (int broken = 0; broken < steps; ++broken) {
        Case host;
        prepare(host);
        const auto before = host.kernel.state();
        const auto plan = host.plan(test::online());
        host.kernel.break_at(broken, how);
        CAPTURE(broken, to_string(plan.steps));
        CHECK_THROWS_AS(net::carry_out(plan.steps, host.kernel), base::SystemError);
        CHECK(host.kernel.state() == before);
    }
}

TEST_CASE("planning looks and does not touch")
{
    Case host;
    const auto before = host.kernel.state();
    const auto changes = host.kernel.changes();
    host.plan(test::online());
    host.plan(test::offline());
    CHECK(host.kernel.state() == before);
    CHECK(host.kernel.changes() == changes);
}

TEST_CASE("a bridge that no port can drag along is not looked at again")
{
    Case host;
    host.kernel.apply(net::ChangeLink{name("xenbr0"), {.mac = net::Mac::parse("02:00:00:00:00:01")}, {}});
    const auto held = [&] {
        return to_string(host.plan(test::online()).steps).find("dev xenbr0") != std::string::npos;
    };
    CHECK_FALSE(held());
    host.node("mtu") = "1400";
    CHECK(held());
}

TEST_CASE("bridge= may name VLANs of a bridge that keeps them apart, as Open vSwitch's users write it")
{
    Case host;
    host.kernel.apply(net::ChangeLink{name("xenbr0"), {.vlan_filtering = true}, {}});
    host.node("bridge") = "xenbr0.10:20:30";
    host.run(test::online());
    CHECK(host.is_port("vif5.0", "xenbr0"));
    CHECK(to_string(host.kernel.vlans(host.link("vif5.0"))) == "10 pvid untagged, 20, 30");
    CHECK(host.plan(test::online()).steps.empty());
}

TEST_CASE("a bridge of exactly the name counts before a VLAN of another")
{
    Case host;
    host.kernel.add_plain_bridge("xenbr0.10");
    host.node("bridge") = "xenbr0.10";
    host.run(test::online());
    CHECK(host.is_port("vif5.0", "xenbr0.10"));
}

TEST_CASE("a VLAN device is no bridge: xenbr0.10 beside it is VLAN 10 of xenbr0")
{
    Case host;
    host.kernel.apply(net::ChangeLink{name("xenbr0"), {.vlan_filtering = true}, {}});
    host.kernel.plug_in("xenbr0.10", "02:00:00:00:00:0a", "vlan");
    host.node("bridge") = "xenbr0.10";
    host.run(test::online());
    CHECK(host.is_port("vif5.0", "xenbr0"));
}

TEST_CASE("VLANs by bridge= and by vlan= at once are refused, and so is one that cannot be")
{
    Case host;
    host.node("bridge") = "xenbr0.10";
    host.node("vlan") = "20";
    CHECK_THROWS_WITH(host.plan(test::online()), Catch::Contains("both name VLANs"));
    host.forget("vlan");
    host.node("bridge") = "xenbr0.4095";
    CHECK_THROWS_WITH(host.plan(test::online()), Catch::Contains("not between 1 and 4094"));
}
