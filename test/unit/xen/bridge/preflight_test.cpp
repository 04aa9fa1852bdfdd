#include "xen/bridge/preflight.h"

#include "catch.h"
#include "fake_kernel.h"
#include "xen/bridge/report.h"

#include <sys/socket.h>

#include <algorithm>

namespace {

using xen::Finding;
using xen::Situation;
using xen::Weight;

Situation a_card()
{
    return {.from = {.index = 7, .name = net::IfName::parse("eth0")}, .to = net::IfName::parse("xenbr0")};
}

net::FirewallUse a_rule(const std::string& rule, const std::string& set = {})
{
    return {.tool = "nftables", .table = "inet filter", .chain = "input", .rule = rule, .set = set};
}

std::vector<Weight> weights(const std::vector<Finding>& findings)
{
    std::vector<Weight> all;
    for (const auto& finding : findings)
        all.push_back(finding.weight);
    return all;
}

using Weights = std::vector<Weight>;

} // namespace

TEST_CASE("a card that nobody knows is moved without a word")
{
    CHECK(xen::check_start(a_card()).empty());
    CHECK(xen::check_stop(a_card()).empty());
}

TEST_CASE("what makes a move impossible comes first, then what breaks, then warnings")
{
    auto now = a_card();
    now.use.queues = {"tbf"};
    now.use.firewall = {a_rule("iifname \"eth0\" (handle 4)")};
    now.use.holders = {{net::IfName::parse("mv0"), "macvlan"}};
    CHECK(weights(xen::check_start(now)) == Weights{Weight::impossible, Weight::breaks, Weight::warns});
}

TEST_CASE("what is impossible refuses always, what breaks unless it is allowed, warnings never")
{
    const std::vector<Finding> warning{{Weight::warns, "later"}};
    CHECK(xen::refuse_or_warn(warning, false) == warning);
    const std::vector<Finding> breaking{{Weight::breaks, "shut out"}, {Weight::warns, "later"}};
    CHECK_THROWS_WITH(xen::refuse_or_warn(breaking, false),
        Catch::StartsWith("shut out\n") && Catch::Contains("--force") && Catch::Contains("--confirm"));
    CHECK(xen::refuse_or_warn(breaking, true) == breaking);
    CHECK_THROWS_WITH(xen::refuse_or_warn({{Weight::impossible, "a port"}}, true), "a port");
}

TEST_CASE("a refusal knows all findings")
{
    const std::vector<Finding> findings{{Weight::breaks, "shut out"}, {Weight::warns, "later"}};
    try {
        xen::refuse_or_warn(findings, false);
        FAIL("not refused");
    } catch (const xen::Refusal& refusal) {
        CHECK(refusal.findings == findings);
    }
}

TEST_CASE("a rule is told with its table, chain, and the cure")
{
    auto now = a_card();
    now.use.firewall = {a_rule("iifname \"eth0\" (handle 4)")};
    now.use.firewall.front().rules = 3;
    CHECK(xen::check_start(now).front().text
        == "chain input of the table inet filter (nftables) has 3 rules about eth0, first iifname \"eth0\" "
           "(handle "
           "4): what arrives by xenbr0 will not be treated so; add the same for xenbr0 first");
    now.use.firewall = {a_rule("iifname @wan (handle 4)", "wan")};
    CHECK_THAT(xen::check_start(now).front().text, Catch::Contains("add xenbr0 to the set wan first"));
    now.use.firewall = {a_rule("iif 7 (handle 4)")};
    CHECK_THAT(
        xen::check_start(now).front().text, Catch::Contains("iifname or oifname instead of the number"));
}

TEST_CASE("a socket is told with its process; a DHCP client's is a warning")
{
    auto now = a_card();
    now.use.sockets = {{"udp", 68, 1}, {"packet", 0, 2}, {"udp", 5000, 3}, {"raw", 0, 4}, {"tcp", 68, 5}};
    now.host.owners = {
        {1, "dhclient (9)"}, {2, "dhclient (9)"}, {3, "named (8)"}, {4, "systemd-network (6)"}};
    const auto findings = xen::check_start(now);
    CHECK(weights(findings) == Weights{Weight::breaks, Weight::breaks, Weight::warns});
    CHECK_THAT(findings[0].text, Catch::StartsWith("named (8) has a udp socket (port 5000) bound to eth0"));
    CHECK_THAT(findings[1].text, Catch::StartsWith("a process that could not be found has a tcp socket"));
    CHECK_THAT(findings[2].text, Catch::StartsWith("dhclient (9) is a DHCP client for eth0"));
}

TEST_CASE("a DHCP client that has a socket and was called with the card's name is told once")
{
    auto now = a_card();
    now.use.sockets = {{"packet", 0, 1}};
    now.host.owners = {{1, "dhcpcd (9)"}};
    now.host.dhcp_clients = {"dhcpcd (9)"};
    CHECK(xen::check_start(now).size() == 1);
}

TEST_CASE("the root file system over the card breaks, and so does what a wireless card sends")
{
    auto now = a_card();
    now.root_server = net::IpAddress::parse("192.0.2.1");
    CHECK(weights(xen::check_start(now)) == Weights{Weight::breaks});
    now.wireless = true;
    CHECK(weights(xen::check_start(now)) == Weights{Weight::breaks, Weight::breaks});
}

TEST_CASE("what cannot be looked at is not taken for absent")
{
    auto now = a_card();
    now.use.unknown = {"listing the rules of nftables: Operation not permitted"};
    CHECK_THROWS_WITH(
        xen::refuse_or_warn(xen::check_start(now), false), Catch::Contains("Operation not permitted"));
}

TEST_CASE("of a thousand findings of a kind, some are told and the others counted")
{
    auto now = a_card();
    for (int i = 0; i < 1000; ++i)
        now.use.sockets.push_back({"udp", 5000, 1});
    const auto findings = xen::check_start(now);
    CHECK(findings.size() == 20);
    CHECK_THAT(findings.back().text, Catch::EndsWith("(and 980 more like it)"));
}

TEST_CASE("stop refuses only what would be deleted with the bridge")
{
    auto now = a_card();
    std::swap(now.from.name, now.to);
    now.use.firewall = {a_rule("iifname \"xenbr0\" (handle 4)")};
    CHECK(weights(xen::check_stop(now)) == Weights{Weight::warns});
    now.use.holders = {{net::IfName::parse("mv0"), "macvlan"}};
    CHECK(weights(xen::check_stop(now)) == Weights{Weight::breaks, Weight::warns});
}

TEST_CASE("findings are comments of a plan, warnings of what was done, and a list in JSON")
{
    const std::vector<Finding> findings{{Weight::warns, "later"}};
    CHECK(xen::report(findings, net::Plan(), false) == "# Warning: later.\n# nothing to do\n");
    CHECK(xen::report(findings, "done\n", false) == "done\nWarning: later.\n");
    CHECK_THAT(xen::report(findings, "done\n", true), Catch::Contains("\"weight\": \"warns\""));
    CHECK_THAT(xen::report({}, net::Plan(), true), Catch::Contains("\"plan\": []"));
}

TEST_CASE("a family is warned about if the host's own rules drop what passes a bridge, with the cure")
{
    test::FakeKernel kernel;
    CHECK(xen::warnings_about(net::IfName::parse("xenbr0"), kernel).empty());
    kernel.drop_bridged(AF_INET6);
    const auto warnings = xen::warnings_about(net::IfName::parse("xenbr0"), kernel);
    REQUIRE(warnings.size() == 1);
    CHECK_THAT(warnings[0], Catch::Matchers::StartsWith("IPv6 between the ports of xenbr0 is dropped"));
    CHECK(warnings[0].find("ip6tables -I FORWARD -i xenbr0 -o xenbr0 -j ACCEPT") != std::string::npos);
}
