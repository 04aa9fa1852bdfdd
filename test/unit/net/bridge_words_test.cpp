#include "base/error.h"
#include "catch.h"
#include "net/bridge_words.h"

namespace {

// "br0.10 (); br0 (10 pvid untagged)"
std::string read(const std::string& text)
{
    std::string result;
    for (const auto& reading : net::parse_bridge_words(text).readings)
        result += (result.empty() ? "" : "; ") + reading.bridge.str() + " (" + to_string(reading.vlans) + ")";
    return result;
}

} // namespace

TEST_CASE("bridge= names a bridge, a VLAN of it, and VLANs of a trunk")
{
    CHECK(read("xenbr0") == "xenbr0 ()");
    CHECK(read("xenbr0.10") == "xenbr0.10 (); xenbr0 (10 pvid untagged)");
    CHECK(read("xenbr0:20:30") == "xenbr0 (20, 30)");
    CHECK(read("xenbr0.10:30:20") == "xenbr0.10 (20, 30); xenbr0 (10 pvid untagged, 20, 30)");
    CHECK(read("xenbr0.10:10") == "xenbr0.10 (10); xenbr0 (10 pvid untagged)");
}

TEST_CASE("a bridge whose own name has a dot counts before a VLAN of another")
{
    CHECK(read("ovs.br0") == "ovs.br0 ()");
    CHECK(read("ovs.br0.10") == "ovs.br0.10 (); ovs.br0 (10 pvid untagged)");
    CHECK(net::parse_bridge_words("ovs.br0").tag_fault);
    CHECK_FALSE(net::parse_bridge_words("ovsbr0").tag_fault);
}

TEST_CASE("VLANs 0 and 4095 of bridge= are none: the schema of Open vSwitch would take them")
{
    for (const auto* const text :
        {"br0.0", "br0.4095", "br0.", "br0.-1", "br0.4096", "br0.99999999999999999999"})
        CHECK(net::parse_bridge_words(text).tag_fault);
    for (const auto* const text :
        {"br0:0", "br0:4095", "br0:", "br0:x", "br0:20:20", "br0:20:", ":20", "", "br 0", "br0 -- add-br x"})
        CHECK_THROWS_AS(net::parse_bridge_words(text), base::UsageError);
}
