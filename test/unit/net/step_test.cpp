#include "catch.h"
#include "entries.h"
#include "net/step.h"

using net::Step;
using test::name;

namespace {

const net::Mac mac = net::Mac::parse("02:00:00:00:00:01");

std::vector<Step> steps_that_turn_round()
{
    const auto one = test::address("192.0.2.2/24", {.dev = "eth0"});
    const auto other = test::address("192.0.2.2/24", {.dev = "eth0", .valid_lifetime = 60});
    return {
        net::ChangeLink{name("eth0"), {.mac = mac, .mtu = 1400U, .up = true}, {.mtu = 1500U, .up = false}},
        net::RenameLink{name("eth0"), name("peth0")}, net::AddEntry{one}, net::RemoveEntry{one},
        net::ReplaceEntry{one, other}, net::SetSysctl{name("eth0"), "ipv4/conf/rp_filter", "1", "0"},
        net::JoinGroup{name("eth0"), mac}, net::LeaveGroup{name("eth0"), mac}};
}

} // namespace

TEST_CASE("turning a step round twice gives the step")
{
    for (const auto& step : steps_that_turn_round()) {
        CAPTURE(to_string(step));
        REQUIRE(inverse(step));
        CHECK(inverse(step) != step);
        CHECK(inverse(*inverse(step)) == step);
    }
}

TEST_CASE("what was created is undone by deleting it, and a veth pair by either end")
{
    CHECK(inverse(net::CreateBridge{name("xenbr0"), mac, 1500}) == Step(net::DeleteLink{name("xenbr0")}));
    CHECK(inverse(net::CreateVethPair{name("a"), name("b")}) == Step(net::DeleteLink{name("a")}));
}

TEST_CASE("deleting a link, holding a bridge and waiting have no undo")
{
    CHECK_FALSE(inverse(net::DeleteLink{name("xenbr0")}));
    CHECK_FALSE(inverse(net::HoldBridge{name("xenbr0"), mac, 1500}));
    CHECK_FALSE(inverse(net::AwaitRunning{name("xenbr0"), {}}));
}

TEST_CASE("a step reads as a line that can be pasted into a shell")
{
    const auto text = [](const Step& step) { return to_string(step); };
    CHECK(text(net::CreateBridge{name("xenbr0"), mac, 1500})
        == "ip link add name xenbr0 address 02:00:00:00:00:01 mtu 1500 type bridge stp_state 0 forward_delay "
           "0");
    CHECK(text(net::CreateVethPair{name("a"), name("b")}) == "ip link add name a type veth peer name b");
    CHECK(text(net::ChangeLink{name("vif1.0"),
              {.mac = mac,
                  .mtu = 1400U,
                  .tx_queue_length = 32U,
                  .master = name("xenbr0"),
                  .up = true,
                  .alias = "web"},
              {}})
        == "ip link set dev vif1.0 address 02:00:00:00:00:01 mtu 1400 txqueuelen 32 master xenbr0 up alias "
           "'web'");
    CHECK(text(net::ChangeLink{name("vif1.0"), {.master = std::optional<net::IfName>(), .up = false}, {}})
        == "ip link set dev vif1.0 nomaster down");
    CHECK(text(net::ChangeLink{name("vif1.0"), {.addr_gen_mode = net::AddrGenMode::none}, {}})
        == "ip link set dev vif1.0 addrgenmode none");
    CHECK(text(net::RenameLink{name("eth0"), name("peth0")}) == "ip link set dev eth0 name peth0");
    CHECK(text(net::HoldBridge{name("xenbr0"), mac, 1500})
        == "ip link set dev xenbr0 address 02:00:00:00:00:01 mtu 1500");
    CHECK(text(net::SetSysctl{name("eth0.5"), "ipv4/conf/rp_filter", "1", "0"})
        == "sysctl -w net/ipv4/conf/eth0.5/rp_filter=1");
    CHECK(text(net::JoinGroup{name("eth0"), net::Mac::parse("01:00:5e:00:00:fb")})
        == "ip maddress add 01:00:5e:00:00:fb dev eth0");
    CHECK(text(net::RemoveEntry{test::route("default6", {.dev = "eth0", .via = "fe80::1"})})
        == "ip -6 route delete default via fe80::1 dev eth0 metric 1024");
    CHECK(text(net::ReplaceEntry{test::address("192.0.2.2/24", {.dev = "eth0"}), {}})
        == "ip address replace 192.0.2.2/24 dev eth0");
}

TEST_CASE("an alias with a quote in it cannot leave its quotes")
{
    const Step step = net::ChangeLink{name("vif1.0"), {.alias = "x'; reboot '"}, {}};
    CHECK(to_string(step) == "ip link set dev vif1.0 alias 'x'\\''; reboot '\\'''");
}
