// type=client: one connection to a server, made again whenever it breaks.
#pragma once

#include "tunnel/frame/tap_port.h"
#include "tunnel/wire/flood_limit.h"
#include "tunnel/wire/stream_link.h"
#include "tunnel/wire/wire.h"

#include <memory>

namespace tunnel {

// K1: When the server is slow the tap waits; nothing is dropped here while there is a connection.
class ClientWire : public Wire {
public:
    // The server need not be there yet.
    ClientWire(const Config&, Loop&, TapPort&, Counters&);
    ~ClientWire() override;

    bool send(const WireBatch&) override;
    void describe(Status&) const override;

private:
    void connect();
    void on_connecting();
    void established();
    void retry(); // later, a little later each time
    void on_ready(std::uint32_t events);
    void lost();
    void receive();
    void take(Bytes frame, Clock::time_point now);
    void hold(bool);

    Config config_;
    Loop& loop_;
    TapPort& tap_;
    Counters& counters_;
    FloodLimit floods_;
    Scratch scratch_;
    base::UniqueFd connecting_;
    std::unique_ptr<StreamLink> link_; // nothing while there is no connection
    std::chrono::milliseconds backoff_;
    Loop::Timer timer_ = 0;
    bool was_connected_ = false;
    bool holding_ = false; // the tap waits for us
};

} // namespace tunnel
