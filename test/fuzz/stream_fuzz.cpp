// A TCP stream from a peer, cut anywhere: the frames are those of the whole stream, none is longer than
// allowed, and the decoder holds no more than one.
#include "tunnel/frame/framing.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using tunnel::Bytes;
using Frames = std::vector<std::vector<std::uint8_t>>;

void expect(bool holds)
{
    if (!holds)
        __builtin_trap();
}

struct Decoded {
    Frames frames = {};
    bool lawful = true;
    bool in_frame = false;

    bool operator==(const Decoded&) const = default;
};

Decoded decode(Bytes stream, std::size_t piece)
{
    tunnel::StreamDecoder decoder;
    Decoded decoded;
    const auto take = [&](Bytes frame) {
        expect(!frame.empty() && frame.size() <= tunnel::longest_stream_frame);
        expect(tunnel::get32(frame.data() - tunnel::length_size) == frame.size());
        decoded.frames.emplace_back(frame.begin(), frame.end());
    };
    while (!stream.empty() && decoded.lawful) {
        const auto length = std::min(piece, stream.size());
        decoded.lawful = decoder.feed(stream.first(length), take);
        stream = stream.subspan(length);
    }
    decoded.in_frame = decoded.lawful && decoder.in_frame();
    return decoded;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const Bytes stream(data + 1, size - 1);
    const auto whole = decode(stream, size);
    expect(decode(stream, 1) == whole);
    expect(decode(stream, 2U + data[0]) == whole);
    return 0;
}
