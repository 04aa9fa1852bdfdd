#include "base/error.h"
#include "catch.h"
#include "net/ip_words.h"
#include "vif_call.h"
#include "xen/vif/drops.h"
#include "xen/vif/filter.h"
#include "xen/vif/vif_bridge.h"

using net::Filter;
using net::InstallFilter;
using net::RemoveFilter;
using test::name;

namespace {

struct Case {
    test::FakeKernel kernel = {};
    test::StoreContent content = test::store_of_vif();

    Case() { test::fill_host(kernel); }

    std::string& node(const std::string& key) { return content.nodes[test::backend + ("/" + key)]; }
    void forget(const std::string& key) { content.nodes.erase(test::backend + ("/" + key)); }

    net::Plan plan(
        const std::optional<net::IfName>& bridge = name("xenbr0"), const xen::FilterOptions& options = {})
    {
        const test::FakeXenstore store(content);
        const auto words = test::online();
        const auto call = xen::Invocation::parse(words, true).value();
        const xen::VifSettings settings(words, &store, call.xenbus_path);
        return xen::plan_filter(call, settings, kernel.link(name("vif5.0")), bridge, options, kernel);
    }

    Filter wanted(const std::string& ip)
    {
        return {.owner = name("vif5.0"),
            .link = kernel.link(name("vif5.0")).index,
            .mac = net::Mac::parse("00:16:3e:00:00:05"),
            .addresses = net::parse_ip_words(ip)};
    }
};

Filter uplink(const std::string& owner, int link)
{
    return {.owner = name(owner), .link = link, .place = net::FilterPlace::uplink, .admitted = true};
}

Filter admitted(const std::string& owner, int link)
{
    return {.owner = name(owner), .link = link, .admitted = true};
}

} // namespace

TEST_CASE("a guest with ip= gets a filter of its MAC address and its addresses")
{
    Case host;
    host.node("ip") = "10.0.0.5 2001:db8::/64";
    CHECK(host.plan() == net::Plan{InstallFilter{host.wanted("10.0.0.5 2001:db8::/64"), {}}});
}

TEST_CASE("a guest that dom0 routes for is filtered where frames enter the host")
{
    Case host;
    host.node("ip") = "10.0.0.5";
    auto wanted = host.wanted("10.0.0.5");
    wanted.place = net::FilterPlace::routed;
    CHECK(host.plan(std::nullopt) == net::Plan{InstallFilter{wanted, {}}});
}

TEST_CASE("a guest without ip= gets no filter, or its MAC address's if the configuration says so")
{
    Case host;
    CHECK(host.plan().empty());
    auto wanted = host.wanted("10.0.0.5");
    wanted.addresses.reset();
    CHECK(host.plan(name("xenbr0"), {.mac_lock = true}) == net::Plan{InstallFilter{wanted, {}}});
}

TEST_CASE("any link-local address is one more network, if the configuration says so")
{
    Case host;
    host.node("ip") = "10.0.0.5";
    CHECK(host.plan(name("xenbr0"), {.any_link_local = true})
        == net::Plan{InstallFilter{host.wanted("10.0.0.5 fe80::/64"), {}}});
}

TEST_CASE("a filter that a vif has is told, so that it can be put back; that of an earlier vif is not")
{
    Case host;
    host.node("ip") = "10.0.0.5";
    const auto before = host.wanted("10.0.0.9");
    host.kernel.apply(InstallFilter{before, {}});
    CHECK(host.plan() == net::Plan{InstallFilter{host.wanted("10.0.0.5"), before}});
    auto earlier = before;
    earlier.link += 1000;
    host.kernel.apply(InstallFilter{earlier, {}});
    CHECK(host.plan() == net::Plan{InstallFilter{host.wanted("10.0.0.5"), {}}});
}

TEST_CASE("a filter that is not asked for any more is removed")
{
    Case host;
    const auto before = host.wanted("10.0.0.9");
    host.kernel.apply(InstallFilter{before, {}});
    CHECK(host.plan() == net::Plan{RemoveFilter{name("vif5.0"), before}});
}

TEST_CASE("ip= without mac= is refused, and so is a mac= that no interface can have")
{
    Case host;
    host.node("ip") = "10.0.0.5";
    host.forget("mac");
    CHECK_THROWS_AS(host.plan(), base::Error);
    for (const auto* const mac :
        {"01:00:5e:00:00:01", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "00:16:3e", "x"}) {
        host.node("mac") = mac;
        CHECK_THROWS_AS(host.plan(), base::Error);
    }
}

TEST_CASE("vif-bridge puts the filter in place before anything else and takes it away after all")
{
    Case host;
    host.node("ip") = "10.0.0.5";
    const test::FakeXenstore store(host.content);
    for (const auto& words : {test::online(), test::offline()}) {
        const auto call = xen::Invocation::parse(words, true).value();
        const auto plan =
            xen::plan_vif_bridge(call, xen::VifSettings(words, &store, call.xenbus_path), host.kernel);
        REQUIRE(plan.steps.size() > 1);
        CHECK(std::holds_alternative<InstallFilter>(plan.steps.front()) == call.going_up());
        CHECK(std::holds_alternative<RemoveFilter>(plan.steps.back()) != call.going_up());
        net::carry_out(plan.steps, host.kernel);
    }
    CHECK(host.kernel.filters().empty());
}

TEST_CASE("wherever vif-bridge breaks, no filter is left")
{
    for (int broken = 0;; ++broken) {
        Case host;
        host.node("ip") = "10.0.0.5";
        const test::FakeXenstore store(host.content);
        const auto words = test::online();
        const auto call = xen::Invocation::parse(words, true).value();
        const auto plan =
            xen::plan_vif_bridge(call, xen::VifSettings(words, &store, call.xenbus_path), host.kernel);
        if (broken == static_cast<int>(plan.steps.size()))
            break;
        CAPTURE(broken);
        host.kernel.break_at(broken);
        CHECK_THROWS_AS(net::carry_out(plan.steps, host.kernel), base::SystemError);
        CHECK(host.kernel.filters().empty());
    }
}

TEST_CASE("on a guarded bridge the card and every vif that comes are admitted, also without ip=")
{
    Case host;
    const auto card = host.kernel.link(name("eth9"));
    const auto guard = xen::plan_guard(name("xenbr0"), card, host.kernel);
    CHECK(guard == net::Plan{InstallFilter{uplink("xenbr0", card.index), {}}});
    net::carry_out(guard, host.kernel);
    const auto vif = host.kernel.link(name("vif5.0")).index;
    auto filter = admitted("vif5.0", vif);
    filter.uplink = card.index;
    CHECK(host.plan() == net::Plan{InstallFilter{filter, {}}});
    CHECK(host.plan(std::nullopt).empty());
    net::carry_out(xen::plan_guard_removal(name("xenbr0"), host.kernel), host.kernel);
    CHECK(host.plan().empty());
}

TEST_CASE("only filters of interfaces that are gone are collected")
{
    Case host;
    host.kernel.apply(InstallFilter{host.wanted("10.0.0.5"), {}});
    const auto gone = admitted("vif9.0", 999);
    const auto replaced = admitted("vif5.0-emu", 998); // another of that name is on its way up
    host.kernel.apply(InstallFilter{gone, {}});
    host.kernel.apply(InstallFilter{replaced, {}});
    CHECK(xen::plan_filter_collection(host.kernel) == net::Plan{RemoveFilter{name("vif9.0"), gone}});
}

TEST_CASE("drops are told by interface and reason")
{
    Case host;
    const auto filter = host.wanted("10.0.0.5");
    host.kernel.apply(InstallFilter{filter, {}});
    CHECK(xen::drops_report(host.kernel, std::nullopt, false) == "nothing was dropped\n");
    host.kernel.count({filter.link, net::DropReason::arp, 3, 126});
    host.kernel.count({filter.link + 1000, net::DropReason::mac, 1, 60}); // of an interface that is gone
    CHECK(xen::drops_report(host.kernel, std::nullopt, false)
        == "interface         reason        frames      bytes\n"
           "vif5.0            arp           3           126\n");
    CHECK(xen::drops_report(host.kernel, name("vif5.0"), true).find("\"frames\": 3") != std::string::npos);
    CHECK_THROWS_AS(xen::drops_report(host.kernel, name("vif6.0"), false), base::UsageError);
}

namespace {

net::Plan protection(const test::FakeKernel& kernel, const xen::Configuration& configuration)
{
    auto content = test::store_of_vif();
    const test::FakeXenstore store(content);
    const auto words = test::online();
    const auto call = xen::Invocation::parse(words, true).value();
    const xen::VifSettings settings(words, &store, call.xenbus_path, configuration);
    return xen::plan_port_protection(call, settings, name("vif5.0"), kernel);
}

} // namespace

TEST_CASE("a port is protected by its bridge as the configuration says, and left alone if it says nothing")
{
    test::FakeKernel kernel;
    test::fill_host(kernel);
    kernel.pull_out("vif5.0-emu");
    CHECK(protection(kernel, {}).empty());
    CHECK(protection(kernel, {.guard_ports = true, .isolate_guests = true})
        == net::Plan{net::ChangePort{name("vif5.0"), {.guarded = true, .isolated = true}, {}}});
    CHECK(protection(kernel, {.pin_mac = true})
        == net::Plan{net::ChangePort{name("vif5.0"),
            {.station = net::Mac::parse("00:16:3e:00:00:05"), .learning = false, .locked = true}, {}}});
}

TEST_CASE("a guest that sends by two ports is pinned to neither")
{
    test::FakeKernel kernel;
    test::fill_host(kernel);
    CHECK(protection(kernel, {.pin_mac = true}).empty());
}
