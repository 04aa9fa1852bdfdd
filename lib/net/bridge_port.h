// What a bridge may be told to do with one of its ports, besides carrying frames.
#pragma once

#include "net/types.h"

#include <optional>
#include <string>

namespace net {

// As a port is when it has just joined, unless said otherwise.
struct PortSettings {
    std::optional<Mac> station = {}; // stands in the bridge's table for good, behind this port
    bool learning = true; // other addresses get into the table by sending
    bool locked = false; // frames from addresses that are not in the table are dropped (Linux 5.18)
    bool guarded =
        false; // a spanning tree message switches the port off, and it is never the way to the root
    bool isolated = false; // nothing goes to other isolated ports

    bool operator==(const PortSettings&) const = default;
};

// In the words of bridge(8), a line for the port and one for its station.
std::string port_text(const IfName& port, const PortSettings& to, const PortSettings& from);

} // namespace net
