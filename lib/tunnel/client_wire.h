// type=client: one connection to a server, made again whenever it breaks.
#pragma once

#include "tunnel/stream_link.h"
#include "tunnel/tap_port.h"
#include "tunnel/wire.h"

#include <memory>

namespace tunnel {

class ClientWire : public Wire {
public:
    // The server need not be there yet.
    ClientWire(const Config&, Loop&, TapPort&, Counters&);
    ~ClientWire() override;

    void send(const WireBatch&) override;
    void describe(Status&) const override;

private:
    void connect();
    void on_connecting();
    void established();
    void retry(); // later, a little later each time
    void on_ready(std::uint32_t events);
    void lost();
    void watch_for_room();

    Config config_;
    Loop& loop_;
    TapPort& tap_;
    Counters& counters_;
    Scratch scratch_;
    base::UniqueFd connecting_;
    std::unique_ptr<StreamLink> link_; // nothing while there is no connection
    std::chrono::milliseconds backoff_;
    Loop::Timer timer_ = 0;
    bool was_connected_ = false;
};

} // namespace tunnel
