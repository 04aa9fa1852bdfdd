// What a slow peer has not taken yet: bounded, in whole frames.
#pragma once

#include "tunnel/frame/framing.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tunnel {

struct Dropped {
    std::size_t frames = 0;
    std::size_t bytes = 0; // lengths included
};

// Q1: What leaves is a run of whole frames: a frame that has begun to leave is finished before another
// begins. Q2: Never more than limit + one frame is held; when empty, no memory is held.
class SendQueue {
public:
    explicit SendQueue(std::size_t limit)
        : limit_(limit)
    { }

    // Takes the rest of a run of framed frames of which `sent` bytes have left already. Frames that
    // find no room are dropped whole.
    Dropped add(Bytes run, std::size_t sent);

    Bytes waiting() const { return Bytes(bytes_).subspan(begin_); }
    void took(std::size_t count); // the peer took this many bytes of waiting()
    void clear();
    bool empty() const { return begin_ == bytes_.size(); }
    std::size_t size() const { return bytes_.size() - begin_; }

private:
    void append(Bytes);

    std::size_t limit_;
    std::size_t begin_ = 0;
    std::vector<std::uint8_t> bytes_;
};

} // namespace tunnel
