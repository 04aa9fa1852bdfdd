#include "net/vlan.h"

#include "base/error.h"
#include "catch.h"

using net::parse_vlans;
using net::Vlans;

namespace {

std::string words(const char* text)
{
    return to_string(parse_vlans(text));
}

} // namespace

TEST_CASE("a single VLAN is the port's own")
{
    CHECK(parse_vlans("10") == Vlans{{10, true, true}});
    CHECK(words("10p") == "10 pvid untagged");
    CHECK(words("4094") == "4094 pvid untagged");
}

TEST_CASE("VLANs are told one by one, as ranges and in steps")
{
    CHECK(words("10p/20") == "10 pvid untagged, 20");
    CHECK(words("10p/20u") == "10 pvid untagged, 20 untagged");
    CHECK(words("10p/100-103u") == "10 pvid untagged, 100-103 untagged");
    CHECK(words("20-22/10p/30") == "10 pvid untagged, 20-22, 30");
    CHECK(words("1p/2-4094").starts_with("1 pvid untagged, 2-4094"));
}

TEST_CASE("N+SxC is N and C more in steps of S")
{
    CHECK(words("1p/100+10x4") == "1 pvid untagged, 100, 110, 120, 130, 140");
    CHECK(words("1p/100+1x2u") == "1 pvid untagged, 100-102 untagged");
}

TEST_CASE("a VLAN list that makes no sense is refused with the term that is wrong")
{
    CHECK_THROWS_WITH(parse_vlans("0"), "'0' is not between 1 and 4094");
    CHECK_THROWS_WITH(parse_vlans("4095"), "'4095' is not between 1 and 4094");
    CHECK_THROWS_WITH(parse_vlans("10p/4000+100x1"), "'4000+100x1' is not between 1 and 4094");
    CHECK_THROWS_WITH(parse_vlans("10p/20-19"), "'20-19' ends before it begins");
    CHECK_THROWS_WITH(parse_vlans("10p/10"), "'10p/10' has VLAN 10 twice");
    CHECK_THROWS_WITH(parse_vlans("10p/9-11"), "'10p/9-11' has VLAN 10 twice");
    CHECK_THROWS_WITH(parse_vlans("10p/20p"),
        "'10p/20p' has more than one VLAN for frames without a tag: 'p' marks exactly one");
    CHECK_THROWS_WITH(parse_vlans("10/20"),
        "'10/20' names no VLAN for frames without a tag: mark one with 'p', as in 10p/20");
    CHECK_THROWS_WITH(
        parse_vlans("10u"), "'10u' names no VLAN for frames without a tag: mark one with 'p', as in 10p/20");
    CHECK_THROWS_WITH(
        parse_vlans("10-20p"), "'10-20p' makes several VLANs the port's own: 'p' goes with a single one");
    CHECK_THROWS_WITH(parse_vlans("1p/5+2"), "'5+2' has a step but not how many: it has the form 100+10x4");
}

TEST_CASE("what is no VLAN list at all is refused")
{
    for (const char* const text :
        {"", "/", "10p/", "x", "p", "u", "-", "1-", "-1", "1--2", "+1x1", "1+x1", "1+1x", "1+0x4", "1+1x0",
            "10 p", "10pp", "10pu", "0x10", "1.5", "99999999999999999999", "1p/1+4294967296x1"})
        CHECK_THROWS_AS(parse_vlans(text), base::UsageError);
}
