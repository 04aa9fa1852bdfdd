// vif-route and vif-nat, and what all vif programs do about rates and VLANs.
#include "base/error.h"
#include "catch.h"
#include "entries.h"
#include "net/make_entry.h"
#include "net/nft/nat_table.h"
#include "vif_call.h"
#include "xen/vif/dhcp_effect.h"
#include "xen/vif/vif_bridge.h"
#include "xen/vif/vif_nat.h"
#include "xen/vif/vif_route.h"

#include <sys/socket.h>

#include <map>

using test::FakeKernel;
using test::name;

namespace {

struct Case {
    FakeKernel kernel = {};
    test::StoreContent content = test::store_of_vif();
    xen::Configuration configuration = {};
    xen::VifPlanner planner;

    explicit Case(xen::VifPlanner program)
        : planner(program)
    {
        test::fill_host(kernel);
        kernel.plug_in("eth0", "00:25:90:00:00:01");
        kernel.set_up("eth0");
        kernel.add(test::address("192.0.2.2/24", {.dev = "eth0"}));
        kernel.add(test::address("2001:db8::2/64", {.dev = "eth0"}));
    }

    void node(const std::string& key, const std::string& value)
    {
        for (const std::string root : {"", "/local/domain/0/"})
            content.nodes[root + test::backend + "/" + key] = value;
    }

    xen::VifPlan plan(const xen::Words& words)
    {
        for (const auto& [path, value] : test::StoreContent(content).nodes)
            content.nodes["/local/domain/0/" + path] = value;
        const test::FakeXenstore store(content);
        const auto call = xen::Invocation::parse(words, true).value();
        return planner(call, xen::VifSettings(words, &store, call.xenbus_path, configuration), kernel);
    }

    void run(const xen::Words& words) { net::carry_out(plan(words).steps, kernel); }

    std::vector<std::string> routes(const std::string& device)
    {
        std::vector<std::string> texts;
        for (const auto& each : kernel.entries(net::Table::routes, name(device)))
            if (net::is_own_route(each))
                texts.push_back(to_string(each));
        return texts;
    }
};

} // namespace

TEST_CASE("vif-route online: a second call changes nothing, and offline leaves no trace")
{
    Case host(xen::plan_vif_route);
    host.node("ip", "192.0.2.50 198.51.100.7/28 2001:db8::50");
    const auto before = host.kernel.state();
    host.run(test::online());
    CHECK(host.routes("vif5.0")
        == std::vector<std::string>{"192.0.2.50 dev vif5.0 proto 208 scope link src 192.0.2.2 metric 2",
            "198.51.100.0/28 dev vif5.0 proto 208 scope link src 192.0.2.2 metric 2",
            "2001:db8::50 dev vif5.0 proto 208 src 2001:db8::2 metric 2"});
    const auto online = host.kernel.state();
    host.run(test::online());
    CHECK(host.kernel.state() == online);
    host.run(test::offline());
    CHECK(host.routes("vif5.0").empty());
    CHECK_FALSE(host.kernel.link(name("vif5.0")).up);
    CHECK(host.kernel.find_filter(name("vif5.0")) == std::nullopt);
    // What the gateway device was told is put back by an effect (proxy_switch_test.cpp). An interface that
    // leads to a guest makes no address by itself, ever.
    net::carry_out({net::SetSysctl{name("eth0"), "ipv6/conf/proxy_ndp", "0", "1"},
                       net::SetSysctl{net::IfName::all(), "ipv6/conf/proxy_ndp", "0", "1"},
                       net::ChangeLink{name("vif5.0"), {.addr_gen_mode = net::AddrGenMode::eui64}, {}}},
        host.kernel);
    CHECK(host.kernel.state() == before);
}

TEST_CASE("vif-route online: wherever it breaks, everything is put back")
{
    for (int broken = 0;; ++broken) {
        Case host(xen::plan_vif_route);
        host.node("ip", "192.0.2.50 2001:db8::50");
        host.node("vifname", "web0");
        host.node("rate", "625000,50000");
        host.configuration.rate_to_guest.kind = xen::RateToGuest::Kind::same;
        const auto before = host.kernel.state();
        const auto plan = host.plan(test::online());
        if (broken == static_cast<int>(plan.steps.size()))
            break;
        host.kernel.break_at(broken);
        CHECK_THROWS_AS(net::carry_out(plan.steps, host.kernel), base::SystemError);
        CHECK(host.kernel.state() == before);
    }
}

TEST_CASE("vif-route and vif-nat: the interface makes no IPv6 address of its own, before it is up")
{
    for (const auto planner : {xen::plan_vif_route, xen::plan_vif_nat})
        for (const char* const words : {"", "192.0.2.50", "192.0.2.50 2001:db8::50"}) {
            Case host(planner);
            host.node("ip", words);
            const auto plan = host.plan(test::online()).steps;
            const auto change = [&](const auto& wanted) {
                return std::ranges::find_if(plan, [&](const net::Step& step) {
                    const auto* const each = std::get_if<net::ChangeLink>(&step);
                    return each && wanted(each->to);
                });
            };
            const auto quiet =
                change([](const net::LinkSettings& to) { return to.addr_gen_mode.has_value(); });
            REQUIRE(quiet != plan.end());
            CHECK(quiet < change([](const net::LinkSettings& to) { return to.up == true; }));
        }
}

TEST_CASE(
    "vif-route: an address that the kernel gave the interface by itself goes, and comes back with a failure")
{
    Case host(xen::plan_vif_route);
    host.node("ip", "192.0.2.50");
    host.kernel.set_up("vif5.0");
    host.kernel.add(test::address("fe80::fcff:ffff:feff:ffff/64", {.dev = "vif5.0"}));
    const auto before = host.kernel.state();
    const auto plan = host.plan(test::online()).steps;
    net::carry_out(plan, host.kernel);
    for (const auto& address : host.kernel.entries(net::Table::addresses, name("vif5.0")))
        CHECK(address.family() == AF_INET);
    net::carry_out(net::undoing(plan), host.kernel);
    CHECK(host.kernel.state() == before);
}

TEST_CASE("vif-route: IPv6 is switched on for a guest that asks for it, and off when it leaves, as new "
          "interfaces have it")
{
    for (const bool by_default : {false, true}) {
        Case host(xen::plan_vif_route);
        host.node("ip", "2001:db8::50");
        host.kernel.set_for_new("ipv6/conf/disable_ipv6", by_default ? "0" : "1");
        net::carry_out({net::SetSysctl{name("vif5.0"), "ipv6/conf/disable_ipv6", "1", "0"}}, host.kernel);
        host.run(test::online());
        CHECK(host.kernel.sysctl(name("vif5.0"), "ipv6/conf/disable_ipv6") == "0");
        host.run(test::offline());
        CHECK(host.kernel.sysctl(name("vif5.0"), "ipv6/conf/disable_ipv6") == (by_default ? "0" : "1"));
    }
}

TEST_CASE("the group of the interface tells network-nat's rules whose it is, as long as it is online")
{
    for (const bool routed : {false, true}) {
        Case host(routed ? xen::plan_vif_route : xen::plan_vif_nat);
        host.run(test::online());
        CHECK(host.kernel.link(name("vif5.0")).group == (routed ? net::routed_group : net::nat_group));
        host.run(test::offline());
        CHECK(host.kernel.link(name("vif5.0")).group == 0);
    }
}

TEST_CASE("what is the host's own or nobody's cannot be routed to a guest")
{
    const auto refusal = [](const std::string& words, xen::VifPlanner planner) -> std::string {
        Case host(planner);
        host.kernel.add(test::route("default", {.dev = "eth0", .via = "192.0.2.1"}));
        host.node("ip", words);
        try {
            host.plan(test::online());
        } catch (const base::Error& error) {
            return error.what();
        }
        return {};
    };
    const std::string end = ": name the guest's own addresses";
    const std::string begin = "ip word ", middle = " cannot be routed to a guest, for ";
    for (const auto& [word, reason] : std::map<std::string, std::string>{
             {"192.0.2.1", "it is the host's own router"}, {"192.0.2.2", "it is the host's own"},
             {"192.0.2.0/31", "it holds 192.0.2.1, the host's own router"},
             {"2001:db8::/64", "it holds the host's own 2001:db8::2"},
             {"::/0", "it is every address there is"}, {"64.0.0.0/2", "it holds loopback addresses"},
             {"ff02::1", "it is one of multicast addresses"}}) {
        CAPTURE(word);
        CHECK(refusal("198.51.100.7 " + word, xen::plan_vif_route) == begin + word + middle + reason + end);
    }
    CHECK(refusal("192.0.2.50 198.51.100.0/24 2001:db8:7::/48 fe80::/64", xen::plan_vif_route).empty());
    CHECK(refusal("10.1.1.5/24 0.0.0.0/0", xen::plan_vif_nat)
        == begin + "0.0.0.0/0" + middle + "it is every address there is" + end);
}

TEST_CASE("vif-route: an IPv6 guest needs no IPv4 address of the gateway device, any other does")
{
    Case host(xen::plan_vif_route);
    host.kernel.apply(net::RemoveEntry{test::address("192.0.2.2/24", {.dev = "eth0"})});
    host.node("ip", "2001:db8::50");
    CHECK_NOTHROW(host.plan(test::online()));
    host.node("ip", "192.0.2.50");
    CHECK_THROWS_AS(host.plan(test::online()), base::Error);
    host.node("ip", "");
    CHECK_THROWS_AS(host.plan(test::online()), base::Error);
}

TEST_CASE("vif-route online: the emulated card's routes are better than the vif's")
{
    Case host(xen::plan_vif_route);
    host.node("ip", "192.0.2.50");
    host.run(test::online());
    host.run(test::tap("add"));
    CHECK(host.routes("vif5.0-emu").front().ends_with("metric 1"));
    CHECK(host.routes("vif5.0").front().ends_with("metric 2"));
}

TEST_CASE(
    "vif-route offline: goes through for words that are no addresses, and for an interface that is gone")
{
    Case host(xen::plan_vif_route);
    host.node("ip", "nonsense");
    host.kernel.pull_out("vif5.0");
    CHECK(host.plan(test::offline()).steps.empty());
}

TEST_CASE("vif-nat online: the addresses of its scheme, and a DHCP entry")
{
    Case host(xen::plan_vif_nat);
    const auto plan = host.plan(test::online());
    REQUIRE(plan.effects.size() == 1);
    CHECK(plan.effects.front()->to_string()
        == "# dhcp: dom5 with 00:16:3e:00:00:05 on vif5.0 is 10.0.5.1, its router 10.0.5.128\n");
    net::carry_out(plan.steps, host.kernel);
    CHECK(host.plan(test::online()).steps.empty());
}

TEST_CASE(
    "vif-nat: dhcp on the command line counts more than the configuration, that more than the environment")
{
    const auto wish = [](xen::DhcpChoice configured, const std::vector<std::string>& words,
                          const std::string& environment) {
        Case host(xen::plan_vif_nat);
        host.configuration.dhcp = configured;
        auto argv = words;
        argv.insert(argv.begin(), "online");
        std::map<std::string, std::string> variables{{"XENBUS_PATH", test::backend}, {"vif", "vif5.0"}};
        if (!environment.empty())
            variables["dhcp"] = environment;
        const auto effects = host.plan(test::words_of(argv, variables)).effects;
        return effects.empty() ? std::nullopt
                               : std::optional(dynamic_cast<const xen::DhcpEntry&>(*effects.front()).wish());
    };
    CHECK_FALSE(wish(xen::DhcpChoice::isc, {"dhcp=no"}, "yes").has_value());
    CHECK_FALSE(wish(xen::DhcpChoice::off, {}, "yes").has_value());
    CHECK(wish(xen::DhcpChoice::isc, {}, "no")->demanded);
    CHECK(wish(xen::DhcpChoice::automatic, {}, "yes")->demanded);
    CHECK_FALSE(wish(xen::DhcpChoice::automatic, {}, "")->demanded);
    CHECK(wish(xen::DhcpChoice::off, {"dhcp=yes"}, "")->demanded);
    CHECK_THROWS_AS(wish(xen::DhcpChoice::automatic, {"dhcp=maybe"}, ""), base::UsageError);
}

TEST_CASE("routed guests cannot be in a VLAN")
{
    for (const auto planner : {xen::plan_vif_route, xen::plan_vif_nat}) {
        Case host(planner);
        host.node("vlan", "10");
        CHECK_THROWS_AS(host.plan(test::online()), base::Error);
    }
}

TEST_CASE("vif-bridge: a port is in its VLANs before it is up, and out of the bridge's default one")
{
    Case host(xen::plan_vif_bridge);
    net::carry_out({net::ChangeLink{name("xenbr0"), {.vlan_filtering = true}, {}}}, host.kernel);
    host.node("vlan", "10p/20");
    const auto plan = host.plan(test::online());
    const auto is_vlans = [](const net::Step& step) { return std::holds_alternative<net::SetVlans>(step); };
    const auto vlans = std::ranges::find_if(plan.steps, is_vlans);
    const auto wake = std::ranges::find_if(plan.steps, [](const net::Step& step) {
        const auto* const change = std::get_if<net::ChangeLink>(&step);
        return change && change->to.up == true;
    });
    REQUIRE(vlans != plan.steps.end());
    CHECK(vlans < wake);
    net::carry_out(plan.steps, host.kernel);
    CHECK(to_string(host.kernel.vlans(host.kernel.link(name("vif5.0")))) == "10 pvid untagged, 20");
    CHECK(host.plan(test::online()).steps.empty());
}

TEST_CASE("vif-bridge: a bridge without VLANs is refused, or switched where the configuration allows it")
{
    Case host(xen::plan_vif_bridge);
    host.node("vlan", "10");
    CHECK_THROWS_AS(host.plan(test::online()), base::Error);
    host.configuration.switch_vlan_filtering_on = true;
    host.run(test::online());
    CHECK(host.kernel.link(name("xenbr0")).vlan_filtering);
}

TEST_CASE("the emulated card is limited by an ifb, which comes and goes with it")
{
    Case host(xen::plan_vif_bridge);
    host.node("rate", "625000,50000");
    const auto before = host.kernel.state();
    const auto plan = host.plan(test::tap("add"));
    net::carry_out(plan.steps, host.kernel);
    CHECK(host.kernel.sending_limit(name("ifb5.0")) == net::Rate{100'000'000});
    host.kernel.pull_out("vif5.0-emu");
    host.run(test::tap("remove"));
    CHECK_FALSE(host.kernel.find_link(name("ifb5.0")).has_value());
}

TEST_CASE("towards the guest the rate is what the configuration says")
{
    Case host(xen::plan_vif_bridge);
    host.node("rate", "625000,50000");
    host.run(test::online());
    CHECK_FALSE(host.kernel.sending_limit(name("vif5.0")).has_value());
    host.configuration.rate_to_guest = {xen::RateToGuest::Kind::value, {5'000'000}};
    host.run(test::online());
    CHECK(host.kernel.sending_limit(name("vif5.0")) == net::Rate{5'000'000});
    CHECK(host.plan(test::online()).steps.empty());
    host.node("rate", "fast");
    CHECK_THROWS_AS(host.plan(test::online()), base::Error);
}
