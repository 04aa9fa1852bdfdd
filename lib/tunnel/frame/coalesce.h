// Puts TCP segments that belong together back into one super-frame before it is written to the tap:
// the kernel then handles one packet instead of forty.
#pragma once

#include "tunnel/frame/frame.h"
#include "tunnel/frame/offload.h"

#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace tunnel {

// C1: Only segments whose checksums were verified are merged; the merged frame says so to the kernel.
// C2: Segments are merged only if cutting the result gives the same segments again.
// C3: Frames come out in the order in which they went in.
// C4: A frame that is not merged comes out as it was, byte for byte.
// C5: No more than most_segments are merged, and what the kernel refuses merged comes out one by one.
class Coalescer {
public:
    static constexpr std::size_t most_segments = 128;

    // Writes one frame, in pieces. False if the kernel refuses a frame of that shape, as opposed to any frame
    // now.
    using Sink = std::function<bool(const OffloadHeader&, std::span<const iovec>)>;

    explicit Coalescer(Sink);

    // The frame (shortest_frame bytes at least) must stay where it is until flush().
    void add(Bytes frame);
    void flush();

private:
    void begin(Bytes frame, const TcpLayout&);
    bool fits(Bytes frame, const TcpLayout&) const;
    void extend(Bytes frame, const TcpLayout&);
    bool write_merged();
    void write_plain(Bytes frame);
    std::uint8_t* tcp() { return &headers_[layout_.transport]; }

    static constexpr std::size_t longest_headers = 14 + 8 + 60 + 60;

    Sink sink_;
    std::array<std::uint8_t, longest_headers> headers_ = {}; // of the merged frame
    TcpLayout layout_ = {};
    std::vector<Bytes> segments_; // as they came in; none while there is no candidate
    std::vector<iovec> pieces_; // headers, then payloads
    std::size_t payload_ = 0; // of all of them
    std::size_t segment_ = 0; // payload of each segment but the last
    bool closed_ = false; // nothing may follow
};

} // namespace tunnel
