#include "base/error.h"
#include "catch.h"
#include "entries.h"
#include "fake_kernel.h"
#include "net/plan.h"

using net::Plan;
using test::FakeKernel;
using test::name;

namespace {

using Break = FakeKernel::Break;

// One of each kind of step that can be undone, on a host with a card.
Plan one_of_each()
{
    const auto mac = net::Mac::parse("02:00:00:00:00:77");
    const auto address = test::address("192.0.2.7/24", {.dev = "xenbr0"});
    return {net::CreateBridge{name("xenbr0"), mac, 1500}, net::CreateVethPair{name("hold0"), name("hold1")},
        net::ChangeLink{name("xenbr0"), {.up = true}, {.up = false}}, net::AddEntry{address},
        net::ReplaceEntry{test::address("192.0.2.7/24", {.dev = "xenbr0", .metric = 9}), address},
        net::AddEntry{test::route("default", {.dev = "xenbr0", .via = "192.0.2.1"})},
        net::SetSysctl{name("eth0"), "ipv4/conf/rp_filter", "1", "0"},
        net::JoinGroup{name("eth0"), net::Mac::parse("01:00:5e:00:00:fb")},
        net::ChangeLink{name("eth0"), {.mtu = 1400U, .master = name("xenbr0"), .alias = "card"},
            {.mtu = 1500U, .master = std::optional<net::IfName>(), .alias = ""}},
        net::HoldBridge{name("xenbr0"), mac, 1500}, net::AwaitRunning{name("xenbr0"), {}},
        net::RemoveEntry{test::route("198.51.100.0/24", {.dev = "eth0", .via = "203.0.113.1"})},
        net::RenameLink{name("eth0"), name("peth0")}};
}

void plug_in_card(FakeKernel& kernel)
{
    kernel.plug_in("eth0", "02:00:00:00:00:01");
    kernel.set_up("eth0");
    kernel.add(test::address("203.0.113.2/24", {.dev = "eth0"}));
    kernel.add(test::route("198.51.100.0/24", {.dev = "eth0", .via = "203.0.113.1"}));
}

} // namespace

TEST_CASE("a plan that is carried out and undone leaves nothing")
{
    FakeKernel kernel;
    plug_in_card(kernel);
    const auto before = kernel.state();
    net::carry_out(one_of_each(), kernel);
    CHECK(kernel.state() != before);
    CHECK(net::carry_out_anyway(net::undoing(one_of_each()), kernel).empty());
    CHECK(kernel.state() == before);
}

TEST_CASE("wherever a plan breaks, everything is put back")
{
    const auto plan = one_of_each();
    const auto how = GENERATE(Break::before, Break::after);
    for (int broken = 0; broken < static_cast<int>(plan.size()); ++broken) {
        FakeKernel kernel;
        plug_in_card(kernel);
        const auto before = kernel.state();
        kernel.break_at(broken, how);
        CAPTURE(broken, to_string(plan[static_cast<std::size_t>(broken)]), how == Break::after);
        CHECK_THROWS_AS(net::carry_out(plan, kernel), base::SystemError);
        CHECK(kernel.state() == before);
    }
}

TEST_CASE("a link that existed before the plan wanted to create it is not deleted in the undoing")
{
    FakeKernel kernel;
    plug_in_card(kernel);
    kernel.apply(net::CreateBridge{name("xenbr0"), {}, 9000});
    const auto before = kernel.state();
    CHECK_THROWS_WITH(net::carry_out(one_of_each(), kernel), Catch::Contains("File exists"));
    CHECK(kernel.state() == before);
}

TEST_CASE("the error that broke a plan is the one that is told, with what could not be undone")
{
    FakeKernel kernel;
    plug_in_card(kernel);
    const Plan plan = {
        net::SetSysctl{name("eth0"), "ipv4/conf/rp_filter", "1", "0"}, net::DeleteLink{name("eth0")}};
    CHECK_THROWS_WITH(net::carry_out(plan, kernel), Catch::StartsWith("ip link delete dev eth0"));
    const Plan hopeless = {
        net::ChangeLink{name("eth0"), {.mtu = 1400U}, {.mtu = 1U}}, net::DeleteLink{name("eth0")}};
    CHECK_THROWS_WITH(
        net::carry_out(hopeless, kernel), Catch::Contains("; could not undo: ip link set dev eth0 mtu 1"));
}

TEST_CASE("going down tries everything and reports what failed, in order")
{
    FakeKernel kernel;
    plug_in_card(kernel);
    const Plan plan = {net::SetSysctl{name("gone"), "ipv4/conf/rp_filter", "1", "0"},
        net::ChangeLink{name("eth0"), {.up = false}, {}}, net::RenameLink{name("away"), name("x")},
        net::DeleteLink{name("gone")}};
    const auto failures = net::carry_out_anyway(plan, kernel);
    REQUIRE(failures.size() == 2);
    CHECK_THAT(failures[0], Catch::Contains("net/ipv4/conf/gone"));
    CHECK_THAT(failures[1], Catch::Contains("away"));
    CHECK_FALSE(kernel.link(name("eth0")).up);
}

TEST_CASE("the undoing of a plan is its steps' inverses, last first")
{
    const net::Step first = net::SetSysctl{name("eth0"), "ipv4/conf/rp_filter", "1", "0"};
    const net::Step second = net::RenameLink{name("eth0"), name("peth0")};
    CHECK(net::undoing({first, net::AwaitRunning{name("eth0"), {}}, second})
        == Plan{*inverse(second), *inverse(first)});
    CHECK(net::undoing({}).empty());
}

TEST_CASE("a plan prints as a script, a line for each step")
{
    CHECK(net::to_string(Plan{net::DeleteLink{name("a")}, net::DeleteLink{name("b")}})
        == "ip link delete dev a\nip link delete dev b\n");
    CHECK(net::to_string(Plan{}).empty());
}

TEST_CASE("a filter stays when the link could not be taken down, and only then")
{
    FakeKernel kernel;
    kernel.plug_in("vif5.0", "fe:ff:ff:ff:ff:ff");
    kernel.set_up("vif5.0");
    const net::Filter filter{.owner = name("vif5.0"), .link = kernel.link(name("vif5.0")).index};
    kernel.apply(net::InstallFilter{filter, {}});
    const net::Plan plan{
        net::ChangeLink{name("vif5.0"), {.up = false}, {}}, net::RemoveFilter{name("vif5.0"), filter}};
    kernel.break_at(0);
    CHECK(net::carry_out_anyway(plan, kernel).size() == 2);
    CHECK(kernel.find_filter(name("vif5.0")));
    kernel.pull_out("vif5.0");
    CHECK(net::carry_out_anyway(plan, kernel).empty());
    CHECK_FALSE(kernel.find_filter(name("vif5.0")));
}
