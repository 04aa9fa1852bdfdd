// Frames on their way to the wire, one behind the other in memory, so that many leave in one system call.
#pragma once

#include "tunnel/frame/checksum.h"
#include "tunnel/frame/frame.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tunnel {

// With `framed`, each frame has its length in front (4 bytes, big-endian), as the TCP wire wants it.
class WireBatch {
public:
    struct Frame {
        std::size_t offset = 0; // of the frame itself, behind its length
        std::size_t length = 0;
    };

    // So little that a batch is still in the processor's cache when the kernel copies it, and that one fits
    // into the queue of a slow peer.
    static constexpr std::size_t capacity = 5 * longest_stream_frame;

    explicit WireBatch(bool framed);

    // Room for one more frame, to be filled by the caller, who has asked full() before.
    std::span<std::uint8_t> append(std::size_t length);
    bool full() const { return used_ + prefix_ + longest_stream_frame > capacity; }

    // True when a TCP super-frame, which grows when it is cut, may find no room.
    bool nearly_full() const { return used_ + 3 * longest_stream_frame > capacity; }
    void clear();

    const std::vector<Frame>& frames() const { return frames_; }
    Bytes frame(std::size_t index) const { return {&bytes_[frames_[index].offset], frames_[index].length}; }

    // The bytes of frames [first, last), lengths included.
    Bytes run(std::size_t first, std::size_t last) const;

private:
    std::size_t prefix_;
    std::size_t used_ = 0;
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::vector<Frame> frames_;
};

} // namespace tunnel
