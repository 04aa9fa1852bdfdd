// The side of a relay that the other hosts see: a seam with three kinds behind it.
#pragma once

#include "tunnel/frame/wire_batch.h"
#include "tunnel/wire/status.h"

#include <functional>
#include <utility>

namespace tunnel {

class Wire {
public:
    using Room = std::function<void()>;

    virtual ~Wire() = default;

    // Sends what the tap gave. Never blocks; what finds no room is dropped and counted. False if it is better
    // to wait: the batch must then stay as it is, and no other be sent, until there is room.
    virtual bool send(const WireBatch&) = 0;
    void when_room(Room room) { room_ = std::move(room); }

    // Adds what only the wire knows: state, peers, counters of its own.
    virtual void describe(Status&) const = 0;

protected:
    void tell_of_room() const { room_(); }

private:
    Room room_ = [] {};
};

} // namespace tunnel
