// Decides where a frame goes between the ports of a server. No sockets here.
#pragma once

#include "tunnel/config/config.h"
#include "tunnel/wire/clock.h"
#include "tunnel/wire/flood_limit.h"
#include "tunnel/wire/mac_table.h"

#include <cstddef>
#include <unordered_map>

namespace tunnel {

// S1: A frame never goes back to the port that it came from.
// S2: A frame for a known station goes to that station's port only.
// S3: A port can send to everybody only so often in a second. The host's own guests can as they like, unless
// stations change their ports so often that a loop must be behind it.
class Switch {
public:
    static constexpr PortId nobody = ~0U; // drop it
    static constexpr PortId everybody = ~1U; // all but the sender
    static constexpr PortId tap = 0;

    explicit Switch(const Limits&);

    // The port to send to, or nobody, or everybody. The frame has shortest_frame bytes at least.
    PortId route(Bytes frame, PortId from, Clock::time_point now);

    void forget(PortId);
    const MacTable& macs() const { return macs_; }
    std::uint64_t floods_limited() const { return floods_limited_; }

private:
    // The last frame that went to one port: most frames are like the one before.
    struct Decision {
        MacKey to = 0;
        MacKey source = 0;
        PortId from = nobody;
        PortId port = nobody;
        Clock::time_point when = {};
    };

    bool may_flood(PortId from, Clock::time_point now);
    bool suspects_loop(Clock::time_point now);

    unsigned floods_;
    MacTable macs_;
    std::unordered_map<PortId, FloodLimit> flood_limits_;
    Decision last_;
    std::uint64_t floods_limited_ = 0;
    Clock::time_point counting_since_ = {};
    std::uint64_t moves_before_ = 0;
    bool looping_ = false;
};

} // namespace tunnel
