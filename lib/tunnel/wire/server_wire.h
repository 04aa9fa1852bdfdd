// type=server: a learning switch between many TCP clients and the tap.
#pragma once

#include "tunnel/frame/tap_port.h"
#include "tunnel/wire/link_watch.h"
#include "tunnel/wire/stream_link.h"
#include "tunnel/wire/switch.h"
#include "tunnel/wire/wire.h"

#include <map>
#include <memory>
#include <optional>

namespace tunnel {

// V1: A slow, silent or hostile client harms only itself: what it may hold is bounded, nobody waits for it.
// V2: When a client leaves, its stations are forgotten.
// V3: While there is only one client the tap waits for it, a moment at most: if it has not caught up by then
// it is slow, and V1 holds.
// V4: When the interface named by dev= goes and returns, it is listened on again.
class ServerWire : public Wire {
public:
    // Throws if the address cannot be had.
    ServerWire(const Config&, Loop&, TapPort&, Counters&);
    ~ServerWire() override;

    bool send(const WireBatch&) override;
    void describe(Status&) const override;

private:
    struct Client {
        StreamLink link;
        Loop::Timer stall = 0; // runs while a frame is unfinished
        std::uint64_t stall_frame = 0; // how many frames had arrived when it was set
        bool watching_room = false;
        bool slow = false; // until it has caught up
    };

    // Frames in a row, in memory, that go to the same place.
    struct Run {
        PortId to = Switch::nobody;
        Bytes bytes = {};
    };

    void listen();
    void look_again(); // interfaces or addresses have changed
    void accept();
    void admit(base::UniqueFd, const Endpoint& peer);
    bool welcome(const Endpoint& peer) const;
    void pause_accepting();

    void on_ready(PortId, std::uint32_t events);
    void receive(PortId, Client&);
    void take(PortId from, Bytes frame, Run&, Clock::time_point now);
    void forward(PortId from, Run&);
    void send_to(Client&, Bytes run);
    void watch_for_room(Client&);
    bool hold_tap(); // true if it shall wait
    void release_tap();
    void watch_for_stall(PortId, Client&);
    void check_stall(PortId);
    void leave(PortId);

    Config config_;
    Loop& loop_;
    TapPort& tap_;
    Counters& counters_;
    base::UniqueFd listener_; // nothing while dev= is away
    unsigned index_ = 0; // of dev=, when we began to listen
    std::optional<LinkWatch> watch_; // with dev= only
    Switch switch_;
    Scratch scratch_;
    std::map<PortId, Client> clients_;
    PortId next_port_ = Switch::tap + 1;
    Loop::Timer pause_ = 0;
    Loop::Timer patience_ = 0; // runs while the tap waits
};

} // namespace tunnel
