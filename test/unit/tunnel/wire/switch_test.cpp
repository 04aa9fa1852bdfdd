#include "catch.h"
#include "tunnel/wire/flood_limit.h"
#include "tunnel/wire/switch.h"

using namespace std::chrono_literals;
using tunnel::MacKey;
using tunnel::MacTable;
using tunnel::Switch;

namespace {

constexpr MacKey broadcast = 0xffffffffffff;
const tunnel::Clock::time_point start{};

std::vector<std::uint8_t> frame(MacKey to, MacKey from)
{
    std::vector<std::uint8_t> bytes(60);
    for (unsigned i = 0; i < 6; ++i) {
        bytes[i] = static_cast<std::uint8_t>(to >> (40 - 8 * i));
        bytes[6 + i] = static_cast<std::uint8_t>(from >> (40 - 8 * i));
    }
    return bytes;
}

} // namespace

TEST_CASE("a station is found on the port where it was last seen, until it is too long silent")
{
    MacTable table(100, 300s);
    table.learn(0x0200, 1, start);
    CHECK(table.find(0x0200, start + 300s) == 1U);
    CHECK_FALSE(table.find(0x0200, start + 301s));
    CHECK_FALSE(table.find(0x0201, start));
    table.learn(0x0200, 2, start + 1s);
    CHECK(table.find(0x0200, start + 301s) == 2U);
    CHECK(table.moves() == 1);
}

TEST_CASE("the stations of a port that left are forgotten, and their room is free again")
{
    MacTable table(8, 300s);
    table.learn(1, 1, start);
    table.learn(2, 1, start);
    table.learn(3, 2, start);
    table.forget(1);
    CHECK(table.size() == 1);
    CHECK_FALSE(table.find(1, start));
    CHECK(table.find(3, start) == 2U);
    table.learn(1, 1, start);
    CHECK(table.find(1, start) == 1U);
}

TEST_CASE("made-up stations take no room from those that are known, nor from other ports")
{
    MacTable table(4000, 300s);
    for (MacKey i = 0; i < 1000; ++i) {
        table.learn(0x0200'0000'0000 + i, 1, start);
        table.learn(0x0400'0000'0000 + i, 2, start);
    }
    for (MacKey i = 0; i < 100'000; ++i)
        table.learn(0x0600'0000'0000 + i, 3, start);
    CHECK(table.size(3) == 1000);
    CHECK(table.refused() == 99'000);
    table.learn(0x0800'0000'0000, 4, start);
    for (MacKey i = 0; i < 1000; ++i) {
        REQUIRE(table.find(0x0200'0000'0000 + i, start) == 1U);
        REQUIRE(table.find(0x0400'0000'0000 + i, start) == 2U);
    }
    CHECK(table.find(0x0800'0000'0000, start) == 4U);
}

TEST_CASE("aged stations make room")
{
    MacTable table(4, 300s);
    table.learn(0x02, 1, start);
    table.learn(0x04, 1, start);
    CHECK_FALSE(table.find(0x04, start));
    table.learn(0x04, 1, start + 301s);
    CHECK(table.find(0x04, start + 301s) == 1U);
    CHECK(table.size() == 1);
}

TEST_CASE("S1, S2: a known station's frames go to its port only, and never back")
{
    Switch hub{tunnel::Limits()};
    CHECK(hub.route(frame(broadcast, 0x0a), 1, start) == Switch::everybody);
    CHECK(hub.route(frame(0x0a, 0x0b), 2, start) == 1);
    CHECK(hub.route(frame(0x0b, 0x0a), 1, start) == 2);
    CHECK(hub.route(frame(0x0a, 0x0c), 1, start) == Switch::nobody);
    CHECK(hub.route(frame(0x0d, 0x0a), 1, start) == Switch::everybody);
    CHECK(hub.route(frame(0x0a, 0x0e), Switch::tap, start) == 1);
    hub.forget(1);
    CHECK(hub.route(frame(0x0a, 0x0b), 2, start) == Switch::everybody);
}

TEST_CASE("a station that moved is found at its new port with its first frame")
{
    Switch hub{tunnel::Limits()};
    hub.route(frame(broadcast, 0x0a), 1, start);
    hub.route(frame(broadcast, 0x0a), 2, start);
    CHECK(hub.route(frame(0x0a, 0x0b), 3, start) == 2);
}

TEST_CASE("group addresses are not learnt as stations")
{
    Switch hub{tunnel::Limits()};
    hub.route(frame(broadcast, 0x0100'5e00'0001), 1, start);
    CHECK(hub.macs().size() == 0);
}

namespace {

// How many of a thousand broadcasts at once get through.
unsigned flooded(Switch& hub, tunnel::PortId port, tunnel::Clock::time_point now)
{
    unsigned count = 0;
    for (int i = 0; i < 1000; ++i)
        count += hub.route(frame(broadcast, 0x0a + port), port, now) == Switch::everybody ? 1 : 0;
    return count;
}

} // namespace

TEST_CASE("S3: a client floods only so often, the host's own guests as they like")
{
    tunnel::Limits limits;
    limits.floods = 100;
    Switch hub(limits);
    CHECK(flooded(hub, 1, start) == 100);
    CHECK(flooded(hub, 1, start + 500ms) == 50);
    CHECK(flooded(hub, 2, start) == 100);
    CHECK(flooded(hub, Switch::tap, start) == 1000);
    CHECK(hub.floods_limited() == 900 + 950 + 900);
}

TEST_CASE("S3: while stations run in a circle the host's own guests are limited too, and not for longer")
{
    tunnel::Limits limits;
    limits.floods = 100;
    Switch hub(limits);
    flooded(hub, Switch::tap, start);
    for (int i = 0; i < 1000; ++i)
        hub.route(frame(broadcast, 0x0f), i % 2 == 0 ? Switch::tap : 1, start);
    CHECK(flooded(hub, Switch::tap, start + 1s) == 100);
    CHECK(flooded(hub, Switch::tap, start + 2s) == 1000);
}

TEST_CASE("what a wire sends to a group is limited, what it sends to one station is not")
{
    tunnel::FloodLimit limit(2);
    CHECK(limit.allows(frame(broadcast, 0x0a), start));
    CHECK(limit.allows(frame(0x0100'5e00'0001, 0x0a), start));
    CHECK_FALSE(limit.allows(frame(broadcast, 0x0a), start));
    CHECK(limit.allows(frame(0x0b, 0x0a), start));
    CHECK(limit.allows(std::vector<std::uint8_t>(13, 0xff), start)); // a runt is counted as such elsewhere
    CHECK(limit.allows(frame(broadcast, 0x0a), start + 500ms));
    tunnel::FloodLimit none(0);
    CHECK(none.allows(frame(broadcast, 0x0a), start));
}
