// From the frames that a kernel with offloads hands over to frames that a wire can carry.
#pragma once

#include "tunnel/frame/frame.h"
#include "tunnel/frame/offload.h"
#include "tunnel/frame/wire_batch.h"

#include <cstddef>
#include <optional>

namespace tunnel {

// Cuts one frame with its offload header into wire frames: a TCP super-frame into segments, anything else
// into one. Checksums that the kernel left open are completed.
class Splitter {
public:
    Splitter(Bytes frame, const OffloadHeader& offload);

    // False when the offload header does not fit the frame, or asks for something that we did not offer.
    bool valid() const { return valid_; }
    bool completes_checksum() const { return (offload_.flags & OffloadHeader::needs_checksum) != 0; }

    // Appends the next wire frame to a batch that is not full. False when there is none left.
    bool next(WireBatch&);

private:
    bool plan_segments();
    void append_whole(WireBatch&);
    void append_segment(WireBatch&, std::size_t length);
    void finish_ip(std::span<std::uint8_t> frame) const;
    void finish_tcp(std::span<std::uint8_t> frame, bool last) const;

    Bytes frame_;
    OffloadHeader offload_;
    IpLayout layout_ = {};
    std::size_t headers_ = 0; // length of all headers; 0 when the frame is not cut
    std::size_t sent_ = 0; // bytes of payload given out
    std::uint16_t index_ = 0;
    bool valid_ = true;
    bool done_ = false;
};

} // namespace tunnel
