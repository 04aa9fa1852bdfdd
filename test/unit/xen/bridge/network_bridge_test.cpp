#include "xen/bridge/network_bridge.h"

#include "base/error.h"
#include "base/file.h"
#include "catch.h"
#include "golden.h"
#include "scratch_folder.h"
#include "vif_call.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

using test::address;
using test::FakeKernel;
using test::hop;
using test::name;
using test::route;
using Break = FakeKernel::Break;

namespace {

// A card with something of everything, and a second one that shares a route with it.
void furnish(FakeKernel& kernel)
{
    kernel.plug_in("eth0", "00:25:90:00:00:01").mtu = 1400;
    kernel.plug_in("eth1", "00:25:90:00:00:02");
    kernel.apply(net::ChangeLink{name("eth0"), {.tx_queue_length = 500U, .up = true}, {}});
    kernel.set_up("eth1");
    kernel.add(address("203.0.113.2/24", {.dev = "eth1"}));
    for (const auto& each : {address("192.0.2.2/24", {.dev = "eth0", .broadcast = "192.0.2.255"}),
             address("192.0.2.3/24", {.dev = "eth0"}),
             address("10.0.0.1/16", {.dev = "eth0", .label = "eth0:web", .metric = 77}),
             address("198.51.100.1/32", {.dev = "eth0", .peer = "198.51.100.9"}),
             address("203.0.113.77/32", {.dev = "eth0", .flags = IFA_F_NOPREFIXROUTE}),
             address("192.0.2.200/24", {.dev = "eth0", .valid_lifetime = 900, .preferred_lifetime = 300}),
             address("2001:db8::2/64", {.dev = "eth0"}), address("2001:db8::3/64", {.dev = "eth0"}),
             address("2001:db8:1::1/128", {.dev = "eth0", .flags = IFA_F_NODAD}),
             address("fe80::1234/64", {.dev = "eth0", .scope = RT_SCOPE_LINK}),
             route("10.77.0.0/16", {.dev = "eth0", .table = 100}),
             route("default",
                 {.dev = "eth0",
                 .via = "192.0.2.1",
                 .src = "192.0.2.2",
                 .metric = 100,
                 .protocol = RTPROT_DHCP}),
             route("198.51.100.128/25", {.dev = "eth0", .via = "10.0.3.3", .mtu = 1300}),
             route("10.99.0.0/16", {.dev = "eth0", .via = "172.16.0.1", .onlink = true}),
             route("172.20.0.0/16", {.hops = {hop("eth0", "192.0.2.1", 2), hop("eth1", "203.0.113.1")}}),
             route("default6", {.dev = "eth0", .via = "fe80::1"}),
             route("2001:db8:5::/48", {.dev = "eth0", .via = "2001:db8::1", .src = "2001:db8::2"}),
             route("2001:db8:6::/48", {.hops = {hop("eth0", "fe80::1"), hop("eth0", "fe80::2", 3)}}),
             test::nexthop(7, "192.0.2.1", "eth0"), route("172.21.0.0/16", {.nexthop = 7}),
             test::neighbour("192.0.2.9", "02:00:00:00:00:09", "eth0"),
             test::neighbour("2001:db8::9", "02:00:00:00:00:09", "eth0"), test::proxy("192.0.2.10", "eth0"),
             test::rule_for_input_from("eth0", 100, 1000), test::rule_for_input_from("eth1", 101, 1001)})
        kernel.add(each);
    kernel.apply(net::JoinGroup{name("eth0"), net::Mac::parse("01:00:5e:00:00:fb")});
    kernel.apply(net::SetSysctl{name("eth0"), "ipv4/conf/proxy_arp", "1", "0"});
}

void furnish_strictly(FakeKernel& kernel)
{
    furnish(kernel);
    kernel.apply(net::SetSysctl{name("eth0"), "ipv4/conf/rp_filter", "1", "0"});
}

void furnish_sparsely(FakeKernel& kernel)
{
    kernel.plug_in("eth0", "00:25:90:00:00:01");
    kernel.set_up("eth0");
    kernel.add(address("192.0.2.2/24", {.dev = "eth0"}));
    kernel.add(route("default", {.dev = "eth0", .via = "192.0.2.1"}));
}

using Furnish = void (*)(FakeKernel&);

// A host and the calls of network-bridge on it.
struct Host {
    FakeKernel kernel = {};
    test::ScratchFolder scratch = {};
    xen::BridgeRecords records{scratch.path()};
    xen::NetworkBridge tool{kernel, records};
    xen::BridgeOptions options = {};

    explicit Host(Furnish fill) { fill(kernel); }

    xen::BridgeRequest request(const std::vector<std::string>& words)
    {
        return xen::BridgeRequest::parse(test::words_of(words), kernel);
    }
    std::string start(const std::vector<std::string>& words = {})
    {
        return tool.start(request(words), options, [](const xen::BridgeRecord&) { return std::string(); });
    }
    std::string stop(const std::vector<std::string>& words = {})
    {
        return tool.stop(request(words), options);
    }
    std::string record_path(const std::string& bridge) const
    {
        return scratch.path() + "/" + bridge + base::network_namespace().scope + ".bridge.json";
    }
    std::string roll_back() { return tool.roll_back(std::nullopt, options); }

    // What start would do, and the record that it writes first.
    net::Plan begin(const std::string& bridge)
    {
        const auto card = kernel.link(name("eth0"));
        const auto pair = xen::pair_of(card.name, name(bridge), card.index);
        const xen::BridgeRecord record{.pair = pair, .before = xen::look_at(kernel, card.name)};
        records.write(record);
        return xen::plan_move(pair, record.before, kernel);
    }

    // As if the process were killed after so many steps.
    void do_first(const net::Plan& plan, std::size_t steps)
    {
        for (std::size_t i = 0; i < steps && i < plan.size(); ++i)
            kernel.apply(plan[i]);
    }

    // And what stop would do.
    net::Plan begin_return()
    {
        auto record = records.all().front();
        record.wanted = record.before;
        record.phase = xen::BridgePhase::returning;
        records.write(record);
        return xen::plan_return(record.pair, *record.wanted, kernel);
    }
};

std::string layout()
{
    return GENERATE(as<std::string>(), "xenbr0", "eth0");
}

// Where each case is run for each step.
Furnish much_or_little()
{
    return GENERATE(furnish_strictly, furnish_sparsely);
}

Furnish furniture()
{
    return GENERATE(furnish, furnish_strictly, furnish_sparsely);
}

} // namespace

TEST_CASE("S67: start makes the card a port of the bridge, which takes over all that the card had")
{
    Host host(furnish);
    const auto before = xen::look_at(host.kernel, name("eth0"));
    host.start();
    CHECK(host.kernel.link(name("eth0")).master == host.kernel.link(name("xenbr0")).index);
    const auto now = xen::look_at(host.kernel, name("xenbr0"));
    const auto wanted = xen::renamed(before, name("eth0"), name("xenbr0"));
    CHECK(now.addresses == wanted.addresses);
    CHECK(now.nexthops == wanted.nexthops);
    CHECK(now.neighbours == wanted.neighbours);
    CHECK(now.rules == wanted.rules);
    CHECK(now.groups == wanted.groups);
    CHECK(now.sysctls == wanted.sysctls);
    CHECK(now.link.mac == before.link.mac);
    CHECK(now.link.mtu == before.link.mtu);
    CHECK(now.link.tx_queue_length == before.link.tx_queue_length);
    CHECK(now.link.running);
    for (const auto& each : wanted.routes) {
        CAPTURE(to_string(each));
        CHECK(std::ranges::find(now.routes, each) != now.routes.end());
    }
    CHECK(now.routes.size() == wanted.routes.size());
}

TEST_CASE("after start the card has neither addresses nor routes, and nothing is left over")
{
    Host host(furniture());
    const auto bridge = layout();
    host.start({"netdev=eth0", "bridge=" + bridge});
    const auto card = xen::look_at(host.kernel, name(bridge == "eth0" ? "peth0" : "eth0"));
    CHECK(card.addresses.empty());
    CHECK(card.routes.empty());
    CHECK(card.nexthops.empty());
    CHECK(card.neighbours.empty());
    const auto xenbr = host.kernel.link(name(bridge));
    CHECK(host.kernel.ports(xenbr).size() == 1);
    CHECK(host.kernel.bridges().size() == 1);
    CHECK(host.records.all().size() == 1);
}

TEST_CASE("S70, S72: stop after start leaves the host as it was")
{
    Host host(furniture());
    const auto bridge = layout();
    const auto before = host.kernel.state();
    host.start({"netdev=eth0", "bridge=" + bridge});
    CHECK(host.kernel.state() != before);
    host.stop({"bridge=" + bridge});
    CHECK(host.kernel.state() == before);
    CHECK(host.records.all().empty());
}

TEST_CASE("stop finds its card by whatever the call names, or by nothing")
{
    Host host(furnish);
    const auto words = GENERATE(as<std::vector<std::string>>(), std::vector<std::string>{},
        std::vector<std::string>{"bridge=xenbr0"}, std::vector<std::string>{"netdev=eth0"},
        std::vector<std::string>{"vifnum=0"});
    const auto before = host.kernel.state();
    host.start();
    host.stop(words);
    CHECK(host.kernel.state() == before);
}

TEST_CASE("what was added to the bridge while it was up goes to the card with stop, and not with a roll-back")
{
    Host host(furnish);
    const auto before = host.kernel.state();
    host.start();
    host.kernel.add(address("10.5.0.1/24", {.dev = "xenbr0"}));
    SECTION("stop")
    {
        host.stop();
        const auto addresses = xen::look_at(host.kernel, name("eth0")).addresses;
        CHECK(std::ranges::any_of(
            addresses, [](const net::Entry& each) { return to_string(each) == "10.5.0.1/24 dev eth0"; }));
    }
    SECTION("roll-back")
    {
        host.roll_back();
        CHECK(host.kernel.state() == before);
    }
}

TEST_CASE("S68: start twice is start once")
{
    Host host(furnish);
    host.start();
    const auto after = host.kernel.state();
    const auto changes = host.kernel.changes();
    host.start();
    CHECK(host.kernel.state() == after);
    CHECK(host.kernel.changes() == changes);
}

TEST_CASE("S71: stop without start changes nothing, and succeeds")
{
    Host host(furnish);
    host.stop();
    host.stop({"bridge=xenbr7"});
    CHECK(host.kernel.changes() == Host(furnish).kernel.changes());
}

TEST_CASE("S76: bridge=null does nothing, successfully")
{
    Host host(furnish);
    const auto before = host.kernel.state();
    CHECK(host.start({"bridge=null"}).empty());
    CHECK(host.stop({"bridge=null"}).empty());
    CHECK(host.kernel.state() == before);
}

TEST_CASE("a dry run changes nothing and writes no record")
{
    Host host(furnish);
    host.options.dry_run = true;
    const auto before = host.kernel.state();
    CHECK_FALSE(host.start().empty());
    CHECK(host.kernel.state() == before);
    CHECK(host.records.all().empty());
}

TEST_CASE("the plan of a plain host is as agreed")
{
    Host host(furnish_sparsely);
    test::check_golden("network-bridge-start.plan", net::to_string(host.begin("xenbr0")));
    Host other(furnish_sparsely);
    test::check_golden("network-bridge-start-same-name.plan", net::to_string(other.begin("eth0")));
    Host third(furnish_sparsely);
    third.start();
    test::check_golden("network-bridge-stop.plan", net::to_string(third.begin_return()));
}

TEST_CASE("S73: wherever start breaks, the host is as before and there is no record")
{
    const auto fill = much_or_little();
    const auto bridge = layout();
    const auto how = GENERATE(Break::before, Break::after);
    const auto steps = static_cast<int>(Host(fill).begin(bridge).size());
    for (int broken = 0; broken < steps; ++broken) {
        Host host(fill);
        const auto before = host.kernel.state();
        host.kernel.break_at(broken, how);
        CAPTURE(broken, bridge);
        std::string told;
        try {
            host.start({"netdev=eth0", "bridge=" + bridge});
        } catch (const base::Error& error) {
            told = error.what();
        }
        CAPTURE(told);
        CHECK_FALSE(told.empty());
        CHECK(host.kernel.state() == before);
        CHECK(host.records.all().empty());
    }
}

TEST_CASE("wherever stop breaks, the bridge stays as it is, and the next stop goes through")
{
    const auto bridge = layout();
    // Where the bridge has the card's name, breaking may cost the labels of all but the first address.
    const Furnish fill = bridge == "eth0" ? furnish_sparsely : furnish_strictly;
    Host sample(fill);
    const auto before = sample.kernel.state();
    sample.start({"netdev=eth0", "bridge=" + bridge});
    const auto started = sample.kernel.state();
    const auto steps = static_cast<int>(sample.begin_return().size());
    for (int broken = 0; broken < steps; ++broken) {
        Host host(fill);
        host.start({"netdev=eth0", "bridge=" + bridge});
        host.kernel.break_at(broken);
        CAPTURE(broken, bridge);
        try {
            host.stop();
        } catch (const base::Error&) {
            const auto is_whole = host.kernel.state() == started;
            CHECK((is_whole || !host.records.all().empty()));
        }
        host.stop();
        CHECK(host.kernel.state() == before);
    }
}

TEST_CASE("D4: killed anywhere in start, a roll-back, a stop or a start bring the host to order")
{
    const auto fill = much_or_little();
    const auto bridge = layout();
    Host sample(fill);
    const auto before = sample.kernel.state();
    const auto steps = sample.begin(bridge).size();
    for (std::size_t killed = 0; killed <= steps; ++killed) {
        CAPTURE(killed, bridge);
        const bool all_cures = killed % 4 == 0; // each takes its time
        for (const std::string cure : {"rollback", "stop", "start"}) {
            if (cure != "rollback" && !all_cures)
                continue;
            Host host(fill);
            host.do_first(host.begin(bridge), killed);
            CAPTURE(cure);
            if (cure == "rollback")
                host.roll_back();
            else if (cure == "stop")
                host.stop();
            else {
                host.start({"netdev=eth0", "bridge=" + bridge});
                host.stop();
            }
            CHECK(host.kernel.state() == before);
            CHECK(host.records.all().empty());
        }
    }
}

TEST_CASE("D4: killed anywhere in stop, a roll-back brings the host back, and so does another stop")
{
    const auto fill = much_or_little();
    const auto bridge = layout();
    const bool again = GENERATE(false, true);
    Host sample(fill);
    const auto before = sample.kernel.state();
    sample.start({"netdev=eth0", "bridge=" + bridge});
    const auto steps = sample.begin_return().size();
    for (std::size_t killed = 0; killed <= steps; killed += again ? 4 : 1) { // each takes its time
        Host host(fill);
        host.start({"netdev=eth0", "bridge=" + bridge});
        host.do_first(host.begin_return(), killed);
        CAPTURE(killed, bridge, again);
        again ? host.stop() : host.roll_back();
        CHECK(host.kernel.state() == before);
    }
}

TEST_CASE("I1, I2: the card is never down, and an address is always somewhere")
{
    const auto bridge = layout();
    Host host(furnish);
    auto plan = host.begin(bridge);
    const auto has = [&](const std::string& device) {
        return host.kernel.find_link(name(device))
            && !xen::look_at(host.kernel, name(device)).addresses.empty();
    };
    for (const auto& step : plan) {
        host.kernel.apply(step);
        CAPTURE(to_string(step));
        const auto card = host.kernel.find_link(name("peth0")) ? name("peth0") : name("eth0");
        CHECK(host.kernel.link(card).up);
        CHECK((has("eth0") || has("peth0") || has("xenbr0")));
    }
}

TEST_CASE("I3: there is a default route at any time")
{
    Host host(furniture());
    const auto bridge = layout();
    for (const auto& step : host.begin(bridge)) {
        host.kernel.apply(step);
        CAPTURE(to_string(step));
        CHECK_FALSE(host.kernel.default_routes().empty());
    }
    for (const auto& step : host.begin_return()) {
        host.kernel.apply(step);
        CAPTURE(to_string(step));
        CHECK_FALSE(host.kernel.default_routes().empty());
    }
}

TEST_CASE("S74: a card that is not there, or cannot be a port, is refused and nothing is made")
{
    Host host(furnish);
    host.kernel.add_plain_bridge("br9");
    host.kernel.plug_in("ppp0", "00:00:00:00:00:00").ethernet = false;
    host.kernel.plug_in("eth5", "02:00:00:00:00:05");
    host.kernel.set_master("eth5", "br9");
    const auto before = host.kernel.state();
    const auto netdev = GENERATE(as<std::string>(), "gone", "br9", "ppp0", "eth5");
    CAPTURE(netdev);
    CHECK_THROWS_AS(host.start({"netdev=" + netdev}), base::Error);
    CHECK(host.kernel.state() == before);
    CHECK(host.records.all().empty());
}

TEST_CASE("a bridge that somebody else made is not taken")
{
    Host host(furnish);
    host.kernel.add_plain_bridge("xenbr0");
    const auto before = host.kernel.state();
    CHECK_THROWS_WITH(host.start(), Catch::Contains("xenbr0 already"));
    CHECK(host.kernel.state() == before);
}

TEST_CASE("S75, D1: without netdev it is the card of the best default route, IPv4's before IPv6's")
{
    Host host(+[](FakeKernel& kernel) {
        for (const auto* const card : {"enp3s0", "wan1", "lan2"}) {
            kernel.plug_in(card, "00:25:90:00:00:0" + std::to_string(kernel.changes()));
            kernel.set_up(card);
            kernel.add(address("192.0.2.2/24", {.dev = card}));
        }
        kernel.add(route("default6", {.dev = "lan2", .via = "fe80::1"}));
        kernel.add(route("default", {.dev = "enp3s0", .via = "192.0.2.1", .metric = 100}));
        kernel.add(route("default", {.dev = "wan1", .via = "192.0.2.1", .metric = 50}));
    });
    CHECK_THAT(host.start(), Catch::StartsWith("wan1 is now a port of xenbr0"));
}

TEST_CASE("S77: two cards make two bridges, each of which is stopped by itself")
{
    Host host(furnish);
    const auto before = host.kernel.state();
    host.start({"vifnum=0"});
    host.start({"vifnum=1"});
    CHECK(host.kernel.link(name("eth0")).master == host.kernel.link(name("xenbr0")).index);
    CHECK(host.kernel.link(name("eth1")).master == host.kernel.link(name("xenbr1")).index);
    host.stop({"vifnum=1"});
    host.stop({"vifnum=0"});
    CHECK(host.kernel.state() == before);
}

TEST_CASE("S82: stop does not cut off guests unless it is told to")
{
    Host host(furnish);
    const auto before = host.kernel.state();
    host.start();
    host.kernel.plug_in("vif5.0", "fe:ff:ff:ff:ff:ff", "vif");
    host.kernel.set_master("vif5.0", "xenbr0");
    CHECK_THROWS_WITH(host.stop(), Catch::Contains("vif5.0"));
    host.options.force = true;
    host.stop();
    host.kernel.pull_out("vif5.0");
    CHECK(host.kernel.state() == before);
}

TEST_CASE("an unconfirmed start goes back when its revert timer's time is up, a confirmed one stays")
{
    Host host(furnish);
    const auto before = host.kernel.state();
    host.options.confirm = std::chrono::seconds(60);
    std::optional<xen::BridgeRecord> unconfirmed;
    host.tool.start(host.request({}), host.options, [&](const xen::BridgeRecord& record) {
        unconfirmed = record;
        return std::string();
    });
    REQUIRE(unconfirmed);
    SECTION("unconfirmed")
    {
        CHECK_FALSE(host.tool.revert_unconfirmed(*unconfirmed).empty());
        CHECK(host.kernel.state() == before);
    }
    SECTION("confirmed")
    {
        const auto after = host.kernel.state();
        host.tool.confirm(std::nullopt);
        CHECK(host.tool.revert_unconfirmed(*unconfirmed).empty());
        CHECK(host.kernel.state() == after);
    }
}

TEST_CASE("a revert timer that cannot be started keeps start from changing anything")
{
    Host host(furnish);
    const auto before = host.kernel.state();
    host.options.confirm = std::chrono::seconds(60);
    CHECK_THROWS_AS(host.tool.start(host.request({}), host.options,
                        [](const xen::BridgeRecord&) -> std::string { throw base::Error("no timer"); }),
        base::Error);
    CHECK(host.kernel.state() == before);
    CHECK(host.records.all().empty());
}

TEST_CASE("a record that is cut off or altered is set aside and told, never followed")
{
    Host host(furnish);
    host.start();
    const auto path = host.record_path("xenbr0");
    const auto whole = base::read_file(path).value();
    const auto damage = GENERATE(as<std::string>(), "empty", "half", "altered");
    base::replace_file(path,
        damage == "empty"      ? ""
            : damage == "half" ? whole.substr(0, whole.size() / 2)
                               : std::string(whole).replace(whole.find("eth0"), 4, "eth1"));
    const auto state = host.kernel.state();
    CAPTURE(damage);
    CHECK_THROWS_WITH(host.stop(), Catch::Contains("cannot be trusted"));
    CHECK(host.kernel.state() == state);
}

TEST_CASE("a request says what it wants, or is refused")
{
    Host host(furnish);
    CHECK(host.request({"vifnum=7"}).bridge == name("xenbr7"));
    CHECK_FALSE(host.request({"vifnum=7"}).netdev);
    CHECK(host.request({"vifnum=1"}).netdev == name("eth1"));
    CHECK(host.request({"vifnum=1", "netdev=eth0", "bridge=x"}).bridge == name("x"));
    CHECK(host.request({"antispoof=yes"}).antispoof);
    CHECK_FALSE(host.request({"unknown=1"}).antispoof);
    const auto bad = GENERATE(as<std::string>(), "netdev=a/b", "bridge=$(reboot)", "vifnum=x", "vifnum=-1",
        "vifnum=10000", "antispoof=maybe");
    CAPTURE(bad);
    CHECK_THROWS_AS(host.request({bad}), base::UsageError);
}
