#include "tunnel/frame/tap_port.h"

#include "tunnel/frame/segment.h"

#include <utility>

namespace tunnel {

TapPort::TapPort(Tap tap, Counters& counters, std::size_t longest)
    : tap_(std::move(tap))
    , counters_(counters)
    , longest_(longest)
    , coalescer_([this](const auto& offload, auto pieces) { return write(offload, pieces); })
    , frame_(new std::uint8_t[longest_read])
{ }

void TapPort::deliver(Bytes frame)
{
    if (frame.size() < shortest_frame) {
        ++counters_.runts;
        return;
    }
    if (frame.size() > longest_tap_frame) {
        ++counters_.oversize;
        return;
    }
    ++counters_.frames_in;
    counters_.bytes_in += frame.size();
    coalescer_.add(frame);
}

// Merged segments that the kernel refuses are not lost yet: they come again, each by itself.
bool TapPort::write(const OffloadHeader& offload, std::span<const iovec> pieces)
{
    const auto written = tap_.write(offload, pieces);
    const bool merged = pieces.size() > 1; // the headers, then one piece for each segment
    if (merged && written == Tap::Written::refused)
        return false;
    if (written != Tap::Written::yes)
        counters_.tap_drops += merged ? pieces.size() - 1 : 1;
    return true;
}

bool TapPort::collect(WireBatch& batch)
{
    constexpr int most_reads = 64; // then it is the wire's turn
    int reads = 0;
    for (; reads < most_reads && !batch.nearly_full(); ++reads) {
        OffloadHeader offload;
        const auto length = tap_.read(offload, {frame_.get(), longest_read});
        if (!length)
            break;
        split(*length, offload, batch);
    }
    return reads > 0;
}

void TapPort::split(std::size_t length, const OffloadHeader& offload, WireBatch& batch)
{
    Splitter splitter({frame_.get(), length}, offload);
    const bool cut = offload.gso_type != OffloadHeader::gso_none;
    if (!splitter.valid()) {
        ++counters_.runts;
        return;
    }
    if (!cut && length > longest_) {
        ++counters_.oversize;
        return;
    }
    const auto first = batch.frames().size();
    while (!batch.full() && splitter.next(batch)) { }
    if (batch.full()) // segments of a few bytes each
        ++counters_.oversize;
    count_out(batch, first);
    if (splitter.completes_checksum())
        counters_.checksums_completed += batch.frames().size() - first;
}

void TapPort::count_out(const WireBatch& batch, std::size_t first)
{
    for (auto i = first; i < batch.frames().size(); ++i) {
        ++counters_.frames_out;
        counters_.bytes_out += batch.frames()[i].length;
    }
}

} // namespace tunnel
