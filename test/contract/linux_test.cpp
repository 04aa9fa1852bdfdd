// What we rely on in Linux alone, with iproute2 as the second opinion. When a new kernel breaks us, these say
// where.
#include "machine.h"
#include "scratch_folder.h"

#include <nlohmann/json.hpp>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

using namespace test;
using net::Table;
using nlohmann::json;

namespace {

json ip_json(const std::string& words)
{
    const auto text = ip_says("-j -d " + words);
    return text.empty() ? json::array() : json::parse(text);
}

json link_json(const std::string& which)
{
    return ip_json("link show dev " + which).at(0);
}

// What iproute2 tells, without what differs from one time to the next.
void forget_moments(json& told)
{
    if (told.is_object())
        for (const auto* const moment :
            {"cacheinfo", "used", "confirmed", "updated", "refcnt", "probes", "nexthop-cache"})
            told.erase(moment);
    if (told.is_structured())
        for (auto& each : told)
            forget_moments(each);
}

// The tables as iproute2 sees them; lists whose order says nothing are sorted.
json everything()
{
    json all = {{"addresses", ip_json("address show")}};
    for (const std::string family : {"-4 ", "-6 "}) {
        all[family + "routes"] = ip_json(family + "route show table all");
        all[family + "rules"] = ip_json(family + "rule show");
    }
    all["neighbours"] = ip_json("neighbour show nud permanent");
    all["proxies"] = ip_json("neighbour show proxy");
    all["nexthops"] = ip_json("nexthop show");
    for (auto& [key, list] : all.items())
        if (key != "addresses")
            std::sort(list.begin(), list.end());
    forget_moments(all);
    return all;
}

// What came to be different, as a JSON patch; empty if nothing did.
std::string changes_since(const json& before)
{
    const auto patch = json::diff(before, everything());
    return patch.empty() ? "" : patch.dump();
}

// A card with all that we could think of.
void furnish(const std::string& card)
{
    const auto dev = " dev " + card;
    for (const std::string words : {"192.0.2.2/24 brd 192.0.2.255", "192.0.2.3/24",
             "10.1.0.1/16 metric 77 scope link", "198.51.100.1 peer 198.51.100.9/32",
             "203.0.113.7/32 noprefixroute", "10.2.0.1/24 valid_lft 10000 preferred_lft 5000",
             "2001:db8::2/64 nodad", "2001:db8::3/64 nodad", "2001:db8:1::1/128 nodad",
             "2001:db8:2::1/64 nodad noprefixroute", "2001:db8:3::1/64 nodad metric 99"})
        ip("address add " + words + dev);
    ip("address add 10.3.0.1/24 label " + card + ":web" + dev);
    ip("nexthop add id 7 via 192.0.2.1" + dev);
    for (const std::string words : {"default via 192.0.2.1 proto dhcp src 192.0.2.2 metric 100",
             "198.51.100.128/25 via 192.0.2.1 mtu lock 1400 advmss 1300",
             "198.51.100.64/26 scope link table 1000", "10.9.0.0/16 via 10.99.0.1 onlink",
             "10.10.0.0/16 tos 0x10", "10.12.0.0/16 table 5 initcwnd 20 congctl cubic"})
        ip("route add " + words + dev);
    ip("route add 10.11.0.0/16 nexthop via 192.0.2.5" + dev + " weight 2 nexthop via 192.0.2.6" + dev);
    ip("route add 10.13.0.0/16 nhid 7");
    for (const std::string words :
        {"default via 2001:db8::1 proto static metric 1024", "2001:db8:8::/48 via fe80::1 pref high",
            "2001:db8:9::/48 metric 5 hoplimit 9", "2001:db8:b::/48 via 2001:db8::1 table 1000"})
        ip("-6 route add " + words + dev);
    ip("-6 route add 2001:db8:a::/48 nexthop via 2001:db8::5" + dev + " nexthop via 2001:db8::6" + dev
        + " weight 3");
    ip("rule add iif " + card + " lookup 1000 priority 500");
    ip("rule add oif " + card + " from 10.0.0.0/8 fwmark 0x5/0xff lookup 5 priority 501");
    ip("-6 rule add iif " + card + " lookup 1000 priority 502");
    ip("neighbour add 192.0.2.9 lladdr 02:00:00:00:00:09 nud permanent" + dev);
    ip("neighbour add 2001:db8::9 lladdr 02:00:00:00:00:09 nud permanent" + dev);
    ip("neighbour add proxy 192.0.2.10" + dev);
    ip("neighbour add proxy 2001:db8::10" + dev);
}

const std::vector<Table> tables = {
    Table::addresses, Table::nexthops, Table::routes, Table::neighbours, Table::rules};

std::vector<net::Entry> kept_of_all_tables(const net::Kernel& kernel, const std::string& device)
{
    std::vector<net::Entry> all;
    for (const auto table : tables)
        for (auto& each : kept(kernel, table, device))
            all.push_back(std::move(each));
    return all;
}

} // namespace

TEST_CASE("any entry that is removed and added again is as before, to iproute2 too", "[contract]")
{
    Linux machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    furnish("eth0");
    // Lifetimes run, so they are told apart: to the second they may differ.
    ip("address del 10.2.0.1/24 dev eth0");
    const auto entries = kept_of_all_tables(kernel, "eth0");
    REQUIRE(entries.size() > 30);
    const auto before = everything();
    for (const auto& entry : entries) {
        const bool takes_others_along = entry.table == Table::addresses || entry.table == Table::nexthops;
        if (takes_others_along)
            continue;
        CAPTURE(object_name(entry), to_string(entry));
        remove(kernel, entry);
        CHECK_FALSE(changes_since(before).empty());
        add(kernel, entry);
        CHECK(changes_since(before) == "");
    }
}

TEST_CASE("all that is on a card is taken off and put back, and iproute2 sees no difference", "[contract]")
{
    Linux machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    furnish("eth0");
    ip("address del 10.2.0.1/24 dev eth0");
    const auto before = everything();
    auto entries = kept_of_all_tables(kernel, "eth0");
    // As network-bridge does: IPv6 addresses last first; routes that others lead through first.
    std::stable_sort(entries.begin(), entries.end(), [](const auto& one, const auto& other) {
        return one.table == Table::routes && other.table == Table::routes && !has_gateway(one)
            && has_gateway(other);
    });
    const auto ipv6 = std::find_if(
        entries.begin(), entries.end(), [](const auto& each) { return each.family() == AF_INET6; });
    const auto end =
        std::find_if(ipv6, entries.end(), [](const auto& each) { return each.table != Table::addresses; });
    std::reverse(ipv6, end);

    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
        remove(kernel, *entry);
    CHECK(kept_of_all_tables(kernel, "eth0").empty());
    for (const auto& entry : entries)
        add(kernel, entry);
    CHECK(changes_since(before) == "");
}

TEST_CASE("an address that dies some day is put back with what is left of its life", "[contract]")
{
    Linux machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    const std::string prefix = GENERATE("192.0.2.2/24", "2001:db8::2/64");
    ip("address add " + prefix + " dev eth0 valid_lft 10000 preferred_lft 5000");
    const auto address = kept(kernel, Table::addresses, "eth0").front();
    remove(kernel, address);
    add(kernel, address);
    const auto told = ip_json("address show dev eth0").at(0).at("addr_info").at(0);
    CHECK(told.at("valid_life_time").get<int>() > 9000);
    CHECK(told.at("valid_life_time").get<int>() <= 10000);
    CHECK(told.at("preferred_life_time").get<int>() > 4000);
    CHECK(told.at("preferred_life_time").get<int>() <= 5000);
}

TEST_CASE("a route that expires is put back with what is left of its life", "[contract]")
{
    Linux machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    ip("-6 route add 2001:db8:5::/48 dev eth0 expires 10000");
    const auto route = kept(kernel, Table::routes, "eth0").front();
    remove(kernel, route);
    add(kernel, route);
    const auto told = ip_json("-6 route show").at(0);
    CHECK(told.at("expires").get<int>() > 9000);
    CHECK(told.at("expires").get<int>() <= 10000);
}

TEST_CASE("iproute2 takes our words for an entry", "[contract]")
{
    Linux machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    furnish("eth0");
    ip("address del 10.2.0.1/24 dev eth0");
    const auto before = everything();
    for (const auto& entry : kept_of_all_tables(kernel, "eth0")) {
        if (entry.table == Table::addresses || entry.table == Table::nexthops)
            continue;
        CAPTURE(object_name(entry), to_string(entry));
        ip(object_name(entry) + " delete " + to_string(entry));
        CHECK_FALSE(changes_since(before).empty());
        ip(object_name(entry) + " add " + to_string(entry));
        CHECK(changes_since(before) == "");
    }
}

TEST_CASE("a bridge is made without spanning tree and delay, to iproute2 too", "[contract]")
{
    Linux machine;
    machine.kernel.apply(net::CreateBridge{name("xenbr0"), net::Mac::parse("02:00:00:00:00:77"), 1400});
    const auto told = link_json("xenbr0");
    CHECK(told.at("address") == "02:00:00:00:00:77");
    CHECK(told.at("mtu") == 1400);
    CHECK(told.at("linkinfo").at("info_data").at("stp_state") == 0);
    CHECK(told.at("linkinfo").at("info_data").at("forward_delay") == 0);
}

TEST_CASE("joining a bridge and coming up is one stroke, and iproute2 sees both", "[contract]")
{
    Linux machine;
    auto& kernel = machine.kernel;
    machine.add_plain_bridge("xenbr0");
    plug_in_down(kernel, "vif1.0", "guest");
    change(kernel, "vif1.0",
        {.mac = net::Mac::parse("fe:ff:ff:ff:ff:ff"),
            .mtu = 1400U,
            .master = name("xenbr0"),
            .up = true,
            .alias = "vif1.0"});
    const auto told = link_json("vif1.0");
    CHECK(told.at("master") == "xenbr0");
    CHECK(told.at("address") == "fe:ff:ff:ff:ff:ff");
    CHECK(told.at("mtu") == 1400);
    CHECK(told.at("ifalias") == "vif1.0");
    CHECK(told.at("flags").dump().find("\"UP\"") != std::string::npos);
    CHECK(told.at("inet6_addr_gen_mode") == "none");
}

TEST_CASE("a link whose addrgenmode is none comes up without a link-local address", "[contract]")
{
    Linux machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "vif1.0", "guest");
    CHECK(kernel.entries(Table::addresses, name("vif1.0")).empty());
    change(kernel, "guest", {.addr_gen_mode = net::AddrGenMode::eui64});
    set_up(kernel, "guest", false);
    set_up(kernel, "guest");
    CHECK(eventually([&] { return kernel.entries(Table::addresses, name("guest")).size() == 1; }));
}

TEST_CASE("a link that has an alternative name is not found by it", "[contract]")
{
    Linux machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    ip("link property add dev eth0 altname enp0s31f6");
    CHECK_FALSE(kernel.find_link(name("enp0s31f6")));
    CHECK(kernel.find_link(name("eth0")));
}

TEST_CASE("a dump that the kernel splits over many messages is read whole", "[contract]")
{
    Linux machine;
    auto& kernel = machine.kernel;
    plug_in(kernel, "eth0", "far0");
    constexpr int many = 600;
    for (int i = 0; i < many; ++i)
        add(kernel,
            address("10.0." + std::to_string(i / 200) + "." + std::to_string(i % 200 + 1) + "/32",
                {.dev = "eth0"}));
    CHECK(kernel.entries(Table::addresses, name("eth0")).size() == many);
}

TEST_CASE("a refusal tells what the kernel said of its own accord", "[contract]")
{
    Linux machine;
    auto& kernel = machine.kernel;
    plug_in_down(kernel, "vif1.0", "guest");
    CHECK_THROWS_WITH(change(kernel, "vif1.0", {.mtu = 10000000U}),
        Catch::Contains(
            "ip link set dev vif1.0 mtu 10000000: Invalid argument (mtu greater than device maximum)"));
}

TEST_CASE("S26: however many filters somebody flushed, the next change puts all back", "[contract]")
{
    constexpr int many = 5000;
    const Linux machine;
    const ScratchFolder folder;
    netlink::Kernel kernel(
        netlink::Filters(folder.path() + "/filters", [](const std::string& told) { FAIL(told); }));
    plug_in_down(kernel, "vif1.0", "guest");
    plug_in_down(kernel, "vif2.0", "other");
    const auto filter = [&](int number) {
        const net::Mac mac{
            {2, 0, 0, 0, static_cast<std::uint8_t>(number / 256), static_cast<std::uint8_t>(number % 256)}};
        const auto address = "10." + std::to_string(number / 65536) + "." + std::to_string(number / 256 % 256)
            + "." + std::to_string(number % 256);
        return net::Filter{.owner = name("g" + std::to_string(number)),
            .link = link(kernel, number < many ? "vif1.0" : "vif2.0").index,
            .mac = mac,
            .addresses = {{*net::IpPrefix::parse(address),
                *net::IpPrefix::parse("2001:db8::" + std::to_string(number % 10000))}}};
    };
    for (int number = 0; number < many; ++number)
        kernel.apply(net::InstallFilter{filter(number), {}});
    const auto before = said_by("nft list ruleset");
    SECTION("repair")
    {
        said_by("nft flush ruleset");
        kernel.restore_filters();
        CHECK(said_by("nft list ruleset") == before);
    }
    SECTION("a guest that comes, and goes")
    {
        said_by("nft flush ruleset");
        kernel.apply(net::InstallFilter{filter(many), {}});
        said_by("nft flush ruleset");
        kernel.apply(net::RemoveFilter{name("g" + std::to_string(many)), filter(many)});
        CHECK(said_by("nft list ruleset") == before);
    }
}

TEST_CASE("waiting for a link ends when it comes", "[contract]")
{
    Linux machine;
    std::unique_ptr<FILE, decltype([](FILE* pipe) { ::pclose(pipe); })> later(
        ::popen("ip link add name vif9.0 type veth peer name guest9", "r"));
    CHECK(machine.kernel.await_link(name("vif9.0"), std::chrono::seconds(30)));
}
