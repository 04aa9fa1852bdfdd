// Frames with any content. From the tap: whatever the offload header claims, what is cut lies within bounds
// and its checksums are right. From the wire, as single datagrams or as a row of equal ones: what is put
// together for the tap, and cut again as the kernel would cut it, is what came in.
#include "tunnel/frame/coalesce.h"
#include "tunnel/frame/segment.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

using tunnel::Bytes;
using tunnel::OffloadHeader;
using Frame = std::vector<std::uint8_t>;

void expect(bool holds)
{
    if (!holds)
        __builtin_trap();
}

void cut_into(std::vector<Frame>& frames, Bytes frame, const OffloadHeader& offload)
{
    static tunnel::WireBatch batch(false);
    batch.clear();
    tunnel::Splitter splitter(frame, offload);
    while (!batch.full() && splitter.next(batch)) { }
    for (std::size_t i = 0; i < batch.frames().size(); ++i)
        frames.emplace_back(batch.frame(i).begin(), batch.frame(i).end());
}

void from_tap(Bytes frame, const OffloadHeader& offload)
{
    std::vector<Frame> frames;
    cut_into(frames, frame, offload);
    const auto gso = offload.gso_type & ~OffloadHeader::gso_ecn;
    for (const auto& each : frames) {
        expect(each.size() >= tunnel::shortest_frame && each.size() <= frame.size());
        const auto tcp = tunnel::find_tcp(each);
        const bool ours = tcp && tcp->transport >= offload.csum_start && tcp->end == each.size();
        expect(gso == OffloadHeader::gso_none || !ours || tunnel::checksums_hold(each, *tcp));
    }
}

// A fuzzer does not guess checksums.
void make_checksums_right(Frame& frame)
{
    const auto at = tunnel::find_tcp(frame);
    if (!at)
        return;
    if (!at->v6) {
        tunnel::put16(&frame[at->ip + 10], 0);
        const Bytes header(&frame[at->ip], at->transport - at->ip);
        tunnel::put_native(&frame[at->ip + 10], tunnel::Checksum().add(header).complement());
    }
    tunnel::put16(&frame[at->transport + 16], 0);
    const Bytes segment(&frame[at->transport], at->end - at->transport);
    const auto sum = tunnel::tcp_pseudo_header(frame, *at, segment.size()).add(segment).complement();
    tunnel::put_native(&frame[at->transport + 16], sum);
}

void from_wire(const std::vector<Frame>& frames)
{
    std::vector<Frame> came;
    tunnel::Coalescer coalescer([&](const OffloadHeader& offload, std::span<const iovec> pieces) {
        Frame whole;
        for (const auto& piece : pieces) {
            const auto* const begin = static_cast<const std::uint8_t*>(piece.iov_base);
            whole.insert(whole.end(), begin, begin + piece.iov_len);
        }
        expect(whole.size() <= tunnel::longest_tap_frame);
        cut_into(came, whole, offload);
    });
    for (const auto& frame : frames)
        coalescer.add(frame);
    coalescer.flush();
    expect(came == frames);
}

// A row of datagrams alike, as the kernel puts them together; each goes on from where the one before ended.
std::vector<Frame> row_of(Bytes bytes, std::size_t count, bool in_sequence)
{
    std::vector<Frame> frames;
    for (std::size_t i = 0; i < count; ++i) {
        Frame frame(bytes.begin(), bytes.end());
        const auto at = tunnel::find_tcp(frame);
        if (at && in_sequence) {
            auto* const sequence = &frame[at->transport + 4];
            tunnel::put32(
                sequence, static_cast<std::uint32_t>(tunnel::get32(sequence) + i * (at->end - at->payload)));
            if (!at->v6)
                tunnel::put16(
                    &frame[at->ip + 4], static_cast<std::uint16_t>(tunnel::get16(&frame[at->ip + 4]) + i));
        }
        make_checksums_right(frame);
        frames.push_back(std::move(frame));
    }
    return frames;
}

} // namespace

// 10 bytes of offload header, one that says how many and how alike, and a frame.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    OffloadHeader offload;
    if (size < sizeof offload + 1 + tunnel::shortest_frame || size > tunnel::longest_tap_frame)
        return 0;
    std::memcpy(&offload, data, sizeof offload);
    const auto choice = data[sizeof offload];
    const Bytes frame(data + sizeof offload + 1, size - sizeof offload - 1);
    from_tap(frame, offload);
    from_wire(row_of(frame, choice & 63U, (choice & 64) != 0));
    from_wire({Frame(frame.begin(), frame.end())});
    return 0;
}
