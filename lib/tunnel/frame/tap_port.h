// The relay's side of the tap: frames from the wire go in here, those from the guests come out in batches.
#pragma once

#include "tunnel/frame/coalesce.h"
#include "tunnel/frame/counters.h"
#include "tunnel/frame/tap.h"
#include "tunnel/frame/wire_batch.h"

#include <memory>

namespace tunnel {

class TapPort {
public:
    // `longest` is what the wire can carry; longer frames are counted and dropped.
    TapPort(Tap, Counters&, std::size_t longest);

    // From the wire. The frame must stay where it is until flush(). Runts and giants are counted and dropped.
    void deliver(Bytes frame);
    void flush() { coalescer_.flush(); }

    // From the guests: fills the batch with what waits. False if nothing waited.
    bool collect(WireBatch&);

    const Tap& tap() const { return tap_; }

private:
    bool write(const OffloadHeader&, std::span<const iovec> pieces);
    void split(std::size_t length, const OffloadHeader&, WireBatch&);
    void count_out(const WireBatch&, std::size_t first);

    static constexpr std::size_t longest_read = 65535 + 64;

    Tap tap_;
    Counters& counters_;
    std::size_t longest_;
    Coalescer coalescer_;
    std::unique_ptr<std::uint8_t[]> frame_;
};

} // namespace tunnel
