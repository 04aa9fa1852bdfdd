#include "base/error.h"
#include "base/text.h"
#include "catch.h"
#include "fake_kernel.h"
#include "tunnel/relay/network_plan.h"

using tunnel::Config;

namespace {

const tunnel::User nobody{"nobody", 65534, 65534};
const net::Mac mac = net::Mac::parse("02:00:00:00:00:07");

Config config(const std::string& text)
{
    return Config::parse(base::words(text), true);
}

const std::string lab = "name=lab type=mcast address=230.0.0.1 port=5558 dev=eth0";
const std::string vxlan = "name=lab type=vxlan address=239.1.1.1 port=4789 id=7 dev=eth0";

net::Plan plan(const std::string& text, const net::KernelView& kernel)
{
    return plan_start(config(text), kernel, nobody, mac);
}

void plug_in_eth0(test::FakeKernel& kernel)
{
    kernel.plug_in("eth0", "02:00:00:00:00:01");
}

} // namespace

TEST_CASE("start makes a silent bridge, and in it a tap of the user")
{
    test::FakeKernel kernel;
    plug_in_eth0(kernel);
    net::carry_out(plan(lab, kernel), kernel);
    const auto bridge = kernel.link(net::IfName::parse("xtb-lab"));
    const auto tap = kernel.link(net::IfName::parse("xt-lab"));
    CHECK(bridge.is_bridge());
    CHECK(bridge.up);
    CHECK(bridge.mac == mac);
    CHECK(tap.master == bridge.index);
    CHECK(tap.up);
    CHECK(tap.mtu == 1500);
    CHECK(kernel.sysctls(bridge.name).at("ipv6/conf/disable_ipv6") == "1");
    CHECK(kernel.sysctls(tap.name).at("ipv6/conf/disable_ipv6") == "1");
}

TEST_CASE("a tunnel's own bridge floods multicast, whether or not there is a querier")
{
    test::FakeKernel kernel;
    plug_in_eth0(kernel);
    CHECK_THAT(to_string(plan(lab, kernel)),
        Catch::Matchers::Contains("ip link set dev xtb-lab up type bridge mcast_snooping 0"));
}

TEST_CASE("starting twice makes nothing new, stopping takes all away")
{
    test::FakeKernel kernel;
    plug_in_eth0(kernel);
    const auto before = kernel.link(net::IfName::parse("eth0"));
    for (const auto& text : {lab, vxlan}) {
        net::carry_out(plan(text, kernel), kernel);
        const auto bridge = kernel.link(net::IfName::parse("xtb-lab"));
        net::carry_out(plan(text, kernel), kernel);
        CHECK(kernel.link(net::IfName::parse("xtb-lab")) == bridge);
        CHECK(net::carry_out_anyway(tunnel::plan_stop(config(text), true), kernel).empty());
        CHECK_FALSE(kernel.find_link(net::IfName::parse("xt-lab")));
        CHECK_FALSE(kernel.find_link(net::IfName::parse("xtb-lab")));
        CHECK(kernel.link(net::IfName::parse("eth0")) == before);
    }
}

TEST_CASE("a bridge that was there before is used, and stays")
{
    test::FakeKernel kernel;
    plug_in_eth0(kernel);
    kernel.add_plain_bridge("br7");
    const auto text = lab + " bridge=br7";
    net::carry_out(plan(text, kernel), kernel);
    const auto br7 = kernel.link(net::IfName::parse("br7"));
    CHECK(kernel.link(net::IfName::parse("xt-lab")).master == br7.index);
    net::carry_out_anyway(tunnel::plan_stop(config(text), false), kernel);
    CHECK(kernel.find_link(br7.name));
}

TEST_CASE("vxlan fits into its underlay, unless an MTU was asked for")
{
    test::FakeKernel kernel;
    plug_in_eth0(kernel);
    CHECK_THAT(to_string(plan(vxlan, kernel)),
        Catch::Matchers::Contains(
            "ip link add name xt-lab type vxlan id 7 group 239.1.1.1 dev eth0 dstport 4789 ttl 1\n"));
    CHECK_THAT(
        to_string(plan(vxlan, kernel)), Catch::Matchers::Contains("dev xt-lab mtu 1450 master xtb-lab up"));
    CHECK_THAT(
        to_string(plan(vxlan + " mtu=1400", kernel)), Catch::Matchers::Contains("dev xt-lab mtu 1400"));
}

TEST_CASE("an underlay that is missing, or would carry itself, is refused")
{
    test::FakeKernel kernel;
    CHECK_THROWS_WITH(plan(lab, kernel), Catch::Matchers::Contains("dev=eth0: there is no such interface"));
    plug_in_eth0(kernel);
    kernel.add_plain_bridge("br7");
    kernel.set_master("eth0", "br7");
    CHECK_THROWS_WITH(plan(lab + " bridge=br7", kernel), Catch::Matchers::Contains("run in a circle"));
}

TEST_CASE("names that belong to something else are refused")
{
    test::FakeKernel kernel;
    plug_in_eth0(kernel);
    kernel.plug_in("other", "02:00:00:00:00:02", "veth");
    CHECK_THROWS_WITH(plan(lab + " bridge=other", kernel), Catch::Matchers::Contains("bridge=other"));
    CHECK_THROWS_WITH(plan(lab + " tap=other", kernel), Catch::Matchers::Contains("tap=other"));
}

TEST_CASE("wherever a start breaks, everything is put back")
{
    test::FakeKernel whole;
    plug_in_eth0(whole);
    const auto steps = plan(lab, whole).size();
    for (std::size_t broken = 0; broken < steps; ++broken) {
        test::FakeKernel kernel;
        plug_in_eth0(kernel);
        kernel.break_at(static_cast<int>(broken));
        CHECK_THROWS_AS(net::carry_out(plan(lab, kernel), kernel), base::SystemError);
        CHECK_FALSE(kernel.find_link(net::IfName::parse("xt-lab")));
        CHECK_FALSE(kernel.find_link(net::IfName::parse("xtb-lab")));
    }
}

TEST_CASE("a random MAC address is one host's own")
{
    for (int i = 0; i < 100; ++i)
        CHECK((tunnel::random_mac().bytes[0] & 3) == 2);
}
