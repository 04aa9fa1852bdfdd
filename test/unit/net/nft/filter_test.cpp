#include "base/error.h"
#include "catch.h"
#include "golden.h"
#include "net/ip_words.h"
#include "net/nft/filter_record.h"

#include <algorithm>
#include <set>

using net::Filter;
using net::FilterPlace;
using net::nft::Family;

namespace {

Filter filter_of(const std::string& ip, FilterPlace place = FilterPlace::bridged)
{
    return {.owner = net::IfName::parse("vif5.0"),
        .link = 7,
        .place = place,
        .mac = net::Mac::parse("00:16:3e:00:05:00"),
        .addresses = net::parse_ip_words(ip)};
}

// The keys of a set of the bridge's table, as nft writes them.
std::string keys(const Filter& filter, const std::string& set)
{
    const auto text = installing_text(filter);
    const auto line = "add element bridge dom0net " + set + " { ";
    const auto begin = text.find(line);
    return begin == std::string::npos
        ? ""
        : text.substr(begin + line.size(), text.find(" }", begin) - begin - line.size());
}

template <class Visit> void for_each_expression(const net::nft::Table& table, Visit visit)
{
    for (const auto& chain : table.chains)
        for (const auto& rule : chain.rules)
            for (const auto& expression : rule)
                visit(expression);
}

} // namespace

TEST_CASE(
    "a guest is its interface, its MAC address, its addresses, and the link-local one of its MAC address")
{
    const auto filter = filter_of("10.0.0.5 2001:db8::5");
    CHECK(keys(filter, "guests") == "7");
    CHECK(keys(filter, "mac") == "7 . 00:16:3e:00:05:00");
    CHECK(keys(filter, "mac_field") == "7 . 0x00163e000500");
    CHECK(keys(filter, "ipv4") == "7 . 10.0.0.5");
    CHECK(keys(filter, "ipv6") == "7 . 2001:db8::5, 7 . fe80::216:3eff:fe00:500");
    CHECK(keys(filter, "mac_only").empty());
    CHECK(keys(filter, "ports").empty());
}

TEST_CASE("networks are intervals without host bits, none within another, and hosts within one are left out")
{
    const auto filter =
        filter_of("10.1.0.7/24 10.1.0.0/16 10.1.0.9 10.2.0.0/31 10.1.0.0/24 2001:db8::/64 2001:db8::1");
    CHECK(keys(filter, "ipv4").empty());
    CHECK(keys(filter, "ipv4_nets") == "7 . 10.1.0.0-10.1.255.255, 7 . 10.2.0.0-10.2.0.1");
    CHECK(keys(filter, "ipv6_nets") == "7 . 2001:db8::-2001:db8::ffff:ffff:ffff:ffff");
    CHECK(keys(filter, "nd_target_nets")
        == "7 . 0x20010db8000000000000000000000000-0x20010db800000000ffffffffffffffff");
}

TEST_CASE("a guest that is locked to its MAC address alone has no addresses")
{
    auto filter = filter_of("10.0.0.5");
    filter.addresses.reset();
    CHECK(keys(filter, "mac_only") == "7");
    CHECK(keys(filter, "mac") == "7 . 00:16:3e:00:05:00");
    CHECK(keys(filter, "ipv4").empty());
    CHECK(keys(filter, "ipv6").empty());
}

TEST_CASE("a port that is only admitted is in no set but one")
{
    const Filter filter{.owner = net::IfName::parse("vif5.0"), .link = 7, .admitted = true};
    CHECK(elements_of(filter).size() == 1);
    CHECK(keys(filter, "ports") == "7");
}

TEST_CASE("a guest's MAC address is taken once, by the port that stands for it, and nothing else enters "
          "under it by the uplink")
{
    auto filter = filter_of("10.0.0.5");
    CHECK(keys(filter, "taken").empty());
    filter.uplink = 3;
    CHECK(keys(filter, "taken") == "3 . 00:16:3e:00:05:00");
    const Filter uplink{
        .owner = net::IfName::parse("xenbr0"), .link = 3, .place = FilterPlace::uplink, .admitted = true};
    CHECK(keys(uplink, "ports") == "3");
    CHECK(elements_of(uplink).size() == 1);
}

TEST_CASE("elements are sorted and none comes twice, however the words were written")
{
    const auto elements = elements_of(filter_of("10.0.0.5 10.0.0.5/32 2001:db8::5 2001:0db8:0::5"));
    CHECK(std::ranges::is_sorted(elements));
    CHECK(std::ranges::adjacent_find(elements) == elements.end());
    CHECK(elements == elements_of(filter_of("2001:db8::5 10.0.0.5")));
}

TEST_CASE("a bridged guest is kept from the host's own IP; a routed one is judged there")
{
    const auto in = [](const Filter& filter, Family family) {
        std::set<std::string> sets;
        for (const auto& element : elements_of(filter))
            if (element.family == family)
                sets.insert(element.set);
        return sets;
    };
    using Sets = std::set<std::string>;
    CHECK(in(filter_of("10.0.0.5"), Family::inet) == Sets{"bridged"});
    CHECK(in(filter_of("10.0.0.5"), Family::arp) == Sets{"bridged"});
    const auto routed = filter_of("10.0.0.5", FilterPlace::routed);
    CHECK(in(routed, Family::bridge).empty());
    CHECK(in(routed, Family::inet) == Sets{"guests", "mac", "mac_field", "ipv4", "ipv6", "nd_target"});
    CHECK(in(routed, Family::arp) == Sets{"guests", "mac", "ipv4"});
}

TEST_CASE("every element has its set in the table, with keys of the right sizes")
{
    const auto place = GENERATE(FilterPlace::bridged, FilterPlace::routed);
    auto filter = filter_of("10.0.0.5 10.1.0.0/24 2001:db8::5 2001:db8:1::/64", place);
    filter.admitted = place == FilterPlace::bridged;
    auto elements = elements_of(filter);
    const auto counters = counters_of(filter);
    elements.insert(elements.end(), counters.begin(), counters.end());
    for (const auto& element : elements) {
        CAPTURE(to_string(element.family), element.set);
        const auto table = net::filter_table(element.family);
        const auto set = std::ranges::find(table.sets, element.set, &net::nft::Set::name);
        REQUIRE(set != table.sets.end());
        REQUIRE(element.key.size() == set->key.size());
        CHECK(set->interval == !element.last.empty());
        for (std::size_t i = 0; i < set->key.size(); ++i)
            CHECK(element.key[i].size() == size_of(set->key[i]));
    }
}

TEST_CASE(
    "every chain of a table that the hooks do not call ends in a verdict, and all that is named is there")
{
    const auto family = GENERATE(Family::bridge, Family::inet, Family::arp);
    const auto table = net::filter_table(family);
    std::set<std::string> chains;
    std::set<std::string> sets;
    for (const auto& chain : table.chains) {
        CHECK(chains.insert(chain.name).second);
        if (!chain.hook) {
            CAPTURE(chain.name);
            REQUIRE_FALSE(chain.rules.empty());
            CHECK(chain.rules.back().size() == 1);
            CHECK(std::holds_alternative<net::nft::Verdict>(chain.rules.back().back()));
        }
    }
    for (const auto& set : table.sets)
        CHECK(sets.insert(set.name).second);
    for_each_expression(table, [&](const net::nft::Expression& expression) {
        if (const auto* const verdict = std::get_if<net::nft::Verdict>(&expression))
            CHECK((verdict->kind != net::nft::Verdict::Kind::go_to || chains.contains(verdict->chain)));
        if (const auto* const lookup = std::get_if<net::nft::Lookup>(&expression))
            CHECK(sets.contains(lookup->set));
    });
}

TEST_CASE("what is compared has the size of its field")
{
    const auto family = GENERATE(Family::bridge, Family::inet, Family::arp);
    for_each_expression(net::filter_table(family), [](const net::nft::Expression& expression) {
        if (const auto* const compare = std::get_if<net::nft::Compare>(&expression)) {
            CAPTURE(compare->field.words);
            CHECK(compare->value.size() == compare->field.size);
            CHECK((compare->mask.empty() || compare->mask.size() == compare->field.size));
        }
        if (const auto* const range = std::get_if<net::nft::InRange>(&expression)) {
            CAPTURE(range->field.words);
            CHECK(range->low.size() == range->field.size);
            CHECK(range->high.size() == range->field.size);
            CHECK(range->low <= range->high);
        }
    });
}

TEST_CASE("the rules are as agreed")
{
    const auto place = GENERATE(FilterPlace::bridged, FilterPlace::routed);
    const auto filter = filter_of("10.0.0.5 10.1.0.7/24 2001:db8::5 2001:db8:1::/64", place);
    const std::string name = place == FilterPlace::bridged ? "filter-bridged" : "filter-routed";
    test::check_golden(name + ".nft", installing_text(filter));
    test::check_golden(name + "-removed.nft", removing_text(filter));
}

TEST_CASE("a filter survives being written down")
{
    auto filter = filter_of("10.0.0.5 10.1.0.7/24 2001:db8::5", FilterPlace::routed);
    filter.admitted = true;
    auto lock = filter;
    lock.addresses.reset();
    filter.uplink = 4;
    const Filter port{
        .owner = net::IfName::parse("xenbr0"), .link = 3, .place = FilterPlace::uplink, .admitted = true};
    for (const auto& filters : {std::vector{filter}, {lock}, {port}, {filter, lock}})
        CHECK(net::parse_record(to_record(filters)) == filters);
}

TEST_CASE("a record that makes no sense is refused")
{
    const std::string good = R"([{"owner":"vif5.0","link":7,"place":"bridged","admitted":true}])";
    CHECK(net::parse_record(good).front().link == 7);
    const auto [part, nonsense] = GENERATE_COPY(table<std::string, std::string>({{"\"vif5.0\"", "\"a/b\""},
        {"\"vif5.0\"", "5"}, {"7", "\"x\""}, {"7", "-7"}, {"7", "99999999999"}, {"bridged", "nowhere"},
        {"true", "\"no\""}, {"true", "true,\"mac\":\"1\""}, {"true", "true,\"uplink\":1.5"},
        {"true", "true,\"addresses\":{}"}, {"true", "true,\"addresses\":[\"host\"]"}, {"\"link\"", "\"lin\""},
        {"[", "[["}, {"]", ""}, {good, "[]"}, {good, "{}"}, {good, "[7]"}, {good, ""}}));
    auto text = good;
    text.replace(text.find(part), part.size(), nonsense);
    CAPTURE(text);
    CHECK_THROWS_AS(net::parse_record(text), base::Error);
}

TEST_CASE("reasons for drops have names of their own, and go by their marks")
{
    std::set<std::string> names;
    for (const auto reason : net::all_drop_reasons()) {
        CHECK(names.insert(to_string(reason)).second);
        CHECK(net::drop_reason(static_cast<std::uint32_t>(reason)) == reason);
    }
    CHECK(names.size() == 14);
    CHECK_FALSE(net::drop_reason(0));
    CHECK_FALSE(net::drop_reason(15));
}
