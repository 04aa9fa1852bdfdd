// The TCP wire: every frame has its length in front, 4 bytes, big-endian. No hello, no keepalive.
#pragma once

#include "tunnel/frame/checksum.h"
#include "tunnel/frame/frame.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tunnel {

constexpr std::size_t length_size = 4;

// The end of the frame in which byte `offset` of a run of framed frames lies; `offset` itself if it is
// where a frame begins.
std::size_t end_of_frame_at(Bytes run, std::size_t offset);

// Takes the stream apart, however it was cut. Memory is bounded by the longest frame, and grows with what
// has arrived, never with what a length promises.
class StreamDecoder {
public:
    // Calls sink(frame) for each whole frame, in order. The frame's length is in the 4 bytes in front of it.
    // Frames lie in `bytes`, or in the decoder if they came in pieces: they are valid during this call only.
    // Returns false when the peer broke the protocol (a length of 0 or above longest_stream_frame):
    // the connection is then of no more use.
    template <class Sink> bool feed(Bytes bytes, Sink&& sink);

    // True while a frame has begun and is not whole.
    bool in_frame() const { return !partial_.empty(); }

private:
    // Moves bytes into partial_ until it holds `wanted`; true if it does.
    bool fill(Bytes& bytes, std::size_t wanted);
    static bool lawful(std::size_t length) { return length != 0 && length <= longest_stream_frame; }

    std::vector<std::uint8_t> partial_;
};

template <class Sink> bool StreamDecoder::feed(Bytes bytes, Sink&& sink)
{
    if (in_frame()) {
        if (!fill(bytes, length_size))
            return true;
        const auto length = get32(partial_.data());
        if (!lawful(length))
            return false;
        if (!fill(bytes, length_size + length))
            return true;
        sink(Bytes(partial_).subspan(length_size));
        partial_.clear();
    }
    while (bytes.size() >= length_size) {
        const auto length = get32(bytes.data());
        if (!lawful(length))
            return false;
        if (bytes.size() - length_size < length)
            break;
        sink(bytes.subspan(length_size, length));
        bytes = bytes.subspan(length_size + length);
    }
    partial_.assign(bytes.begin(), bytes.end());
    return true;
}

} // namespace tunnel
