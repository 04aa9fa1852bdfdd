#include "machine.h"

#include "net/plan.h"

using namespace test;
using net::Mac;

namespace {

const Mac mac = Mac::parse("02:00:00:00:00:77");

} // namespace

TEMPLATE_TEST_CASE(
    "a bridge is made down, with the MAC address and MTU that are asked for", "[contract]", Fake, Linux)
{
    TestType machine;
    const unsigned mtu = GENERATE(68U, 1500U, 9000U, 65535U);
    machine.kernel.apply(net::CreateBridge{name("xenbr0"), mac, mtu});
    const auto bridge = link(machine.kernel, "xenbr0");
    CHECK(bridge.is_bridge());
    CHECK(bridge.mac == mac);
    CHECK(bridge.mtu == mtu);
    CHECK_FALSE(bridge.up);
    CHECK_FALSE(bridge.running);
    CHECK_FALSE(bridge.master);
    CHECK(bridge.ethernet);
    CHECK(machine.kernel.bridges().size() == 1);
    CHECK(code_of(machine.kernel, net::CreateBridge{name("xenbr0"), mac, mtu}) == EEXIST);
}

TEMPLATE_TEST_CASE("a link is found by its alternative names too, and keeps them under another name",
    "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in_down(kernel, "eth0", "lan");
    const std::string other = GENERATE("enp3s0", "a-name-that-is-longer-than-fifteen-characters");
    machine.add_alternative_name("eth0", other);
    const auto found = kernel.find_device(net::DeviceName::parse(other));
    REQUIRE(found);
    CHECK(found->name == name("eth0"));
    CHECK(kernel.find_device(name("eth0")));
    CHECK_FALSE(kernel.find_device(net::DeviceName::parse(other + "x")));
    kernel.apply(net::RenameLink{name("eth0"), name("peth0")});
    CHECK(own_name(kernel, net::DeviceName::parse(other)) == name("peth0"));
}

TEMPLATE_TEST_CASE("an alternative name of one link is nobody's own", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in_down(kernel, "eth0", "lan");
    machine.add_alternative_name("eth0", "xenbr0");
    CHECK_FALSE(kernel.find_link(name("xenbr0")));
    CHECK(code_of(kernel, net::CreateBridge{name("xenbr0"), mac, 1500}) == EEXIST);
    CHECK(code_of(kernel, net::RenameLink{name("lan"), name("xenbr0")}) == EEXIST);
}

TEMPLATE_TEST_CASE(
    "a bridge that we made keeps MAC address and MTU whatever joins it", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    kernel.apply(net::CreateBridge{name("xenbr0"), mac, 1500});
    plug_in(kernel, "vif1.0", "guest");
    change(kernel, "vif1.0", {.mac = Mac::parse("00:00:00:00:00:01"), .mtu = 1280U});
    set_master(kernel, "vif1.0", "xenbr0");
    CHECK(link(kernel, "xenbr0").mtu == 1500);
    CHECK(link(kernel, "xenbr0").mac == mac);
    set_master(kernel, "vif1.0", "");
    CHECK(link(kernel, "xenbr0").mtu == 1500);
    CHECK(link(kernel, "xenbr0").mac == mac);
}

TEMPLATE_TEST_CASE(
    "an administrator's bridge takes the lowest MAC address and MTU of its ports, until told otherwise",
    "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    machine.add_plain_bridge("br0");
    plug_in(kernel, "vif1.0", "guest1");
    plug_in(kernel, "vif2.0", "guest2");
    change(kernel, "vif1.0", {.mac = Mac::parse("02:00:00:00:00:05"), .mtu = 1400U});
    change(kernel, "vif2.0", {.mac = Mac::parse("02:00:00:00:00:03"), .mtu = 1300U});
    set_master(kernel, "vif1.0", "br0");
    CHECK(link(kernel, "br0").mac == Mac::parse("02:00:00:00:00:05"));
    CHECK(link(kernel, "br0").mtu == 1400);
    set_master(kernel, "vif2.0", "br0");
    CHECK(link(kernel, "br0").mac == Mac::parse("02:00:00:00:00:03"));
    CHECK(link(kernel, "br0").mtu == 1300);

    SECTION("holding it pins both")
    {
        kernel.apply(net::HoldBridge{name("br0"), Mac::parse("02:00:00:00:00:05"), 1400});
        CHECK(link(kernel, "br0").mtu == 1400);
        set_master(kernel, "vif1.0", "");
        CHECK(link(kernel, "br0").mac == Mac::parse("02:00:00:00:00:05"));
        CHECK(link(kernel, "br0").mtu == 1400);
    }
    SECTION("holding it as it is does not pin it")
    {
        kernel.apply(net::HoldBridge{name("br0"), Mac::parse("02:00:00:00:00:03"), 1300});
        set_master(kernel, "vif2.0", "");
        CHECK(link(kernel, "br0").mtu == 1400);
        CHECK(link(kernel, "br0").mac == Mac::parse("02:00:00:00:00:05"));
    }
    SECTION("a port that changes takes it along")
    {
        change(kernel, "vif2.0", {.mtu = 1200U});
        CHECK(link(kernel, "br0").mtu == 1200);
    }
    SECTION("without ports it has no address and the usual MTU")
    {
        set_master(kernel, "vif1.0", "");
        set_master(kernel, "vif2.0", "");
        CHECK(link(kernel, "br0").mac == Mac{});
        CHECK(link(kernel, "br0").mtu == 1500);
    }
}

TEMPLATE_TEST_CASE(
    "a bridge runs once a port does, and a port once its far end is up", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    kernel.apply(net::CreateBridge{name("xenbr0"), mac, 1500});
    set_up(kernel, "xenbr0");
    plug_in_down(kernel, "vif1.0", "guest");
    change(kernel, "vif1.0", {.master = name("xenbr0"), .up = true});
    CHECK_FALSE(link(kernel, "vif1.0").running);
    set_up(kernel, "guest");
    kernel.apply(net::AwaitRunning{name("xenbr0"), std::chrono::seconds(10)});
    CHECK(link(kernel, "vif1.0").running);
    CHECK(link(kernel, "xenbr0").running);
}

TEMPLATE_TEST_CASE("waiting for a link that is not there is ENODEV", "[contract]", Fake, Linux)
{
    TestType machine;
    CHECK(code_of(machine.kernel, net::AwaitRunning{name("xenbr0"), std::chrono::seconds(10)}) == ENODEV);
}

TEMPLATE_TEST_CASE("ports are those of the bridge and of no other", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    kernel.apply(net::CreateBridge{name("a"), mac, 1500});
    kernel.apply(net::CreateBridge{name("b"), mac, 1500});
    plug_in_down(kernel, "vif1.0", "guest1");
    plug_in_down(kernel, "vif2.0", "guest2");
    set_master(kernel, "vif1.0", "a");
    set_master(kernel, "vif2.0", "b");
    REQUIRE(kernel.ports(link(kernel, "a")).size() == 1);
    CHECK(kernel.ports(link(kernel, "a")).front().name == name("vif1.0"));
    CHECK(kernel.bridges().size() == 2);
    set_master(kernel, "vif1.0", "b"); // S28: straight from one to the other
    CHECK(kernel.ports(link(kernel, "a")).empty());
    CHECK(kernel.ports(link(kernel, "b")).size() == 2);
    set_master(kernel, "vif1.0", "b");
    CHECK(is_port(kernel, "vif1.0", "b"));
}

TEMPLATE_TEST_CASE("what cannot be a bridge's port is refused", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    kernel.apply(net::CreateBridge{name("a"), mac, 1500});
    kernel.apply(net::CreateBridge{name("b"), mac, 1500});
    plug_in_down(kernel, "vif1.0", "guest");
    const auto join = [&](const std::string& port, const std::string& bridge) {
        return code_of(kernel, net::ChangeLink{name(port), {.master = name(bridge)}, {}});
    };
    CHECK(join("vif1.0", "gone") == ENODEV);
    CHECK(join("gone", "a") == ENODEV);
    CHECK(join("a", "b") == ELOOP);
    CHECK(join("vif1.0", "guest") == EOPNOTSUPP);
    CHECK_FALSE(link(kernel, "vif1.0").master);
}

TEMPLATE_TEST_CASE("a change of nothing is no error, even for a link that is gone", "[contract]", Fake, Linux)
{
    TestType machine;
    CHECK(code_of(machine.kernel, net::ChangeLink{name("gone"), {}, {}}) == 0);
}

TEMPLATE_TEST_CASE(
    "a refused change of several settings may have made the first of them", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in_down(kernel, "vif1.0", "guest");
    CHECK(code_of(kernel, net::ChangeLink{name("vif1.0"), {.mtu = 1400U, .master = name("guest")}, {}})
        == EOPNOTSUPP);
    CHECK(link(kernel, "vif1.0").mtu == 1400);
}

TEMPLATE_TEST_CASE("a link takes all that is asked of it in one stroke", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    kernel.apply(net::CreateBridge{name("xenbr0"), mac, 1500});
    plug_in_down(kernel, "vif1.0", "guest");
    change(kernel, "vif1.0",
        {.mac = mac,
            .mtu = 1400U,
            .tx_queue_length = 32U,
            .addr_gen_mode = net::AddrGenMode::eui64,
            .master = name("xenbr0"),
            .up = true,
            .alias = "web"});
    const auto vif = link(kernel, "vif1.0");
    CHECK(vif.mac == mac);
    CHECK(vif.mtu == 1400);
    CHECK(vif.tx_queue_length == 32);
    CHECK(vif.addr_gen_mode == net::AddrGenMode::eui64);
    CHECK(vif.up);
    CHECK(vif.alias == "web");
    CHECK(is_port(kernel, "vif1.0", "xenbr0"));
    change(kernel, "vif1.0", {.alias = ""});
    CHECK(link(kernel, "vif1.0").alias.empty());
}

TEMPLATE_TEST_CASE("an MTU outside of what the driver takes is EINVAL", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in_down(kernel, "vif1.0", "guest");
    const auto vif = link(kernel, "vif1.0");
    CHECK(vif.min_mtu > 0);
    CHECK(vif.max_mtu >= 9000);
    CHECK(code_of(kernel, net::ChangeLink{name("vif1.0"), {.mtu = vif.min_mtu - 1}, {}}) == EINVAL);
    CHECK(code_of(kernel, net::ChangeLink{name("vif1.0"), {.mtu = vif.max_mtu + 1}, {}}) == EINVAL);
    CHECK(code_of(kernel, net::ChangeLink{name("vif1.0"), {.mtu = vif.min_mtu}, {}}) == 0);
}

TEMPLATE_TEST_CASE(
    "a link is renamed live, keeps its alias, and loses its old name", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "vif1.0", "guest");
    change(kernel, "vif1.0", {.alias = "vif1.0"});
    kernel.apply(net::RenameLink{name("vif1.0"), name("web0")});
    CHECK(link(kernel, "web0").alias == "vif1.0");
    CHECK(link(kernel, "web0").up);
    CHECK_FALSE(kernel.find_link(name("vif1.0")));
}

TEMPLATE_TEST_CASE(
    "a name that is taken is EEXIST, a link that is not there ENODEV", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in_down(kernel, "vif1.0", "guest");
    CHECK(code_of(kernel, net::RenameLink{name("vif1.0"), name("guest")}) == EEXIST);
    CHECK(code_of(kernel, net::RenameLink{name("gone"), name("web0")}) == ENODEV);
    CHECK(code_of(kernel, net::RenameLink{name("gone"), name("guest")}) == 0); // it has that name already
    CHECK(code_of(kernel, net::CreateVethPair{name("new"), name("guest")}) == EEXIST);
    CHECK_FALSE(kernel.find_link(name("new")));
    CHECK(code_of(kernel, net::CreateBridge{name("guest"), mac, 1500}) == EEXIST);
}

TEMPLATE_TEST_CASE("deleting a link that is gone is no error", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in_down(kernel, "vif1.0", "guest");
    kernel.apply(net::DeleteLink{name("guest")});
    CHECK_FALSE(kernel.find_link(name("vif1.0"))); // a pair goes together
    CHECK(code_of(kernel, net::DeleteLink{name("guest")}) == 0);
}

TEMPLATE_TEST_CASE(
    "a deleted bridge lets its ports go, and a deleted port its bridge", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    kernel.apply(net::CreateBridge{name("xenbr0"), mac, 1500});
    plug_in(kernel, "vif1.0", "guest1");
    plug_in(kernel, "vif2.0", "guest2");
    set_master(kernel, "vif1.0", "xenbr0");
    set_master(kernel, "vif2.0", "xenbr0");
    kernel.apply(net::DeleteLink{name("vif2.0")});
    CHECK(kernel.ports(link(kernel, "xenbr0")).size() == 1);
    kernel.apply(net::DeleteLink{name("xenbr0")});
    CHECK_FALSE(link(kernel, "vif1.0").master);
    CHECK(link(kernel, "vif1.0").up);
}

TEMPLATE_TEST_CASE(
    "a link that is there need not be waited for, one that never comes is nothing", "[contract]", Fake, Linux)
{
    TestType machine;
    plug_in_down(machine.kernel, "vif1.0", "guest");
    CHECK(machine.kernel.await_link(name("vif1.0"), std::chrono::hours(1)));
    CHECK_FALSE(machine.kernel.await_link(name("gone"), std::chrono::milliseconds(0)));
}

TEMPLATE_TEST_CASE("a device's settings are read and written, and a device that is not there has none",
    "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in_down(kernel, "vif1.0", "guest");
    const auto fresh = kernel.sysctls(name("vif1.0"));
    for (const std::string key : {"ipv4/conf/rp_filter", "ipv6/conf/accept_ra", "ipv4/neigh/gc_stale_time"}) {
        CAPTURE(key);
        REQUIRE(fresh.contains(key));
        if (!key.starts_with("ipv4/neigh")) // whose defaults only the first network namespace shows
            CHECK(fresh.at(key) == kernel.sysctl(net::IfName::defaults(), key));
        kernel.apply(net::SetSysctl{name("vif1.0"), key, "2", fresh.at(key)});
        CHECK(kernel.sysctls(name("vif1.0")).at(key) == "2");
        CHECK(kernel.sysctl(name("vif1.0"), key) == "2");
    }
    kernel.apply(net::RenameLink{name("vif1.0"), name("web0")});
    CHECK(kernel.sysctls(name("web0")).at("ipv4/conf/rp_filter") == "2");
    CHECK(kernel.sysctls(name("gone")).empty());
    CHECK_FALSE(kernel.sysctl(name("gone"), "ipv4/conf/rp_filter"));
    CHECK_FALSE(kernel.sysctl(name("web0"), "ipv4/conf/no_such"));
    CHECK(kernel.sysctl(net::IfName::all(), "ipv4/conf/rp_filter"));
    CHECK(code_of(kernel, net::SetSysctl{name("gone"), "ipv4/conf/rp_filter", "1", "0"}) == ENOENT);
    CHECK(code_of(kernel, net::SetSysctl{name("web0"), "ipv4/conf/no_such", "1", "0"}) == ENOENT);
}

TEMPLATE_TEST_CASE(
    "groups that were joined by hand are told, joined and left, twice as once", "[contract]", Fake, Linux)
{
    TestType machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far");
    const auto group = Mac::parse("01:00:5e:00:00:fb");
    CHECK(kernel.joined_groups(name("eth0")).empty());
    kernel.apply(net::JoinGroup{name("eth0"), group});
    kernel.apply(net::JoinGroup{name("eth0"), group});
    CHECK(kernel.joined_groups(name("eth0")) == std::vector{group});
    set_up(kernel, "eth0", false);
    CHECK(kernel.joined_groups(name("eth0")) == std::vector{group});
    kernel.apply(net::LeaveGroup{name("eth0"), group});
    kernel.apply(net::LeaveGroup{name("eth0"), group});
    CHECK(kernel.joined_groups(name("eth0")).empty());
    CHECK(code_of(kernel, net::JoinGroup{name("gone"), group}) == ENODEV);
    CHECK(code_of(kernel, net::LeaveGroup{name("gone"), group}) == 0);
}
