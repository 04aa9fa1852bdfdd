// The side of a relay that the other hosts see: a seam with three kinds behind it.
#pragma once

#include "tunnel/status.h"
#include "tunnel/wire_batch.h"

namespace tunnel {

class Wire {
public:
    virtual ~Wire() = default;

    // Sends what the tap gave. Never blocks; what cannot leave now and finds no room is dropped and counted.
    virtual void send(const WireBatch&) = 0;

    // Adds what only the wire knows: state, peers, counters of its own.
    virtual void describe(Status&) const = 0;
};

} // namespace tunnel
