#include "catch.h"
#include "tunnel/wire/datagrams.h"
#include "tunnel/wire/peer_table.h"

using tunnel::Message;

namespace {

tunnel::WireBatch batch_of(const std::vector<std::size_t>& lengths)
{
    tunnel::WireBatch batch(false);
    for (const auto length : lengths)
        batch.append(length);
    return batch;
}

} // namespace

TEST_CASE("frames alike and in a row leave as one message, a shorter one closes it")
{
    CHECK(tunnel::plan_messages(batch_of({1514, 1514, 1514, 400, 1514}), 1572)
        == std::vector<Message>{{0, 4, 1514}, {4, 1, 1514}});
    CHECK(tunnel::plan_messages(batch_of({60, 1514, 1514}), 1572)
        == std::vector<Message>{{0, 1, 60}, {1, 2, 1514}});
    CHECK(tunnel::plan_messages(batch_of({}), 1572).empty());
}

TEST_CASE("frames that do not fit into a packet of the underlay leave one by one")
{
    CHECK(tunnel::plan_messages(batch_of({1514, 1514, 60, 60}), 1472)
        == std::vector<Message>{{0, 1, 1514}, {1, 1, 1514}, {2, 2, 60}});
    CHECK(tunnel::plan_messages(batch_of({60, 60}), 0) == std::vector<Message>{{0, 1, 60}, {1, 1, 60}});
}

TEST_CASE("no message has more than 64 frames or more than UDP carries")
{
    const auto small = tunnel::plan_messages(batch_of(std::vector<std::size_t>(150, 60)), 1472);
    CHECK(small == std::vector<Message>{{0, 64, 60}, {64, 64, 60}, {128, 22, 60}});
    for (const auto& message : tunnel::plan_messages(batch_of(std::vector<std::size_t>(50, 9000)), 9000))
        CHECK(message.count * message.segment <= tunnel::longest_datagram);
}

TEST_CASE("a table of peers is bounded: the longest silent one makes room")
{
    tunnel::PeerTable peers;
    const tunnel::Clock::time_point start{};
    const auto source = [](unsigned i) {
        return tunnel::Endpoint{*net::IpAddress::parse("192.0.2.1"), static_cast<std::uint16_t>(i + 1)};
    };
    for (unsigned i = 0; i < 1000; ++i) {
        peers.seen(source(i), 1, 60, start + std::chrono::seconds(i));
        peers.seen(source(0), 1, 60, start + std::chrono::seconds(i));
    }
    const auto list = peers.list(start + std::chrono::seconds(1000));
    CHECK(list.size() == tunnel::PeerTable::limit);
    CHECK(list.front().address == "192.0.2.1:1");
    CHECK(list.front().frames_in == 1001);
    CHECK(list.back().last_seen == 1);
}
