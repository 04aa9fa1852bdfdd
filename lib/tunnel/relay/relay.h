// One relay: a tap on this side, a wire on the other, and what moves frames between them.
#pragma once

#include "tunnel/frame/tap_port.h"
#include "tunnel/relay/status_socket.h"
#include "tunnel/wire/wire.h"

#include <memory>
#include <optional>
#include <string>

namespace tunnel {

class Relay {
public:
    // Throws if the wire cannot be had. `status_path` is where it answers; without one it does not.
    Relay(const Config&, Tap, const std::optional<std::string>& status_path);
    ~Relay();

    // Until SIGTERM or SIGINT, or until `until` becomes readable. Throws if the tap goes away.
    void run(std::optional<int> until = std::nullopt);

    Status status() const;

private:
    void from_tap();
    void hold_tap(bool);

    Config config_;
    Counters counters_;
    Loop loop_;
    base::UniqueFd signals_;
    TapPort tap_;
    WireBatch batch_;
    std::unique_ptr<Wire> wire_;
    std::optional<StatusSocket> status_socket_;
    Clock::time_point started_;
};

} // namespace tunnel
