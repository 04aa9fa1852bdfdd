// Who was heard on a datagram wire, and when. Bounded: the longest silent one makes room.
#pragma once

#include "tunnel/wire/clock.h"
#include "tunnel/wire/status.h"

#include <map>
#include <vector>

namespace tunnel {

class PeerTable {
public:
    static constexpr std::size_t limit = 256;

    void seen(const Endpoint& source, std::size_t frames, std::size_t bytes, Clock::time_point now);
    std::vector<Peer> list(Clock::time_point now) const;

private:
    struct Entry {
        std::uint64_t frames = 0;
        std::uint64_t bytes = 0;
        Clock::time_point seen = {};
    };

    void make_room();

    std::map<Endpoint, Entry> entries_;
};

} // namespace tunnel
