#include "tunnel/frame/coalesce.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tunnel {

namespace {

constexpr std::uint8_t psh = 0x08;
constexpr std::uint8_t ack = 0x10;

iovec piece(const std::uint8_t* at, std::size_t length)
{
    return {const_cast<std::uint8_t*>(at), length}; // writev does not write there
}

// Plain data: ACK, perhaps PSH, and nothing that must be seen by itself.
bool may_merge(Bytes frame, const TcpLayout& at, std::size_t longest)
{
    const auto flags = frame[at.transport + 13];
    return (flags & ~psh) == ack && at.payload < at.end && at.end == frame.size() && at.payload <= longest;
}

// The IPv4 header without length, identification and checksum; the IPv6 header without length.
bool same_ip(const std::uint8_t* a, const std::uint8_t* b, const IpLayout& at)
{
    const auto length = at.transport - at.ip;
    if (at.v6)
        return std::memcmp(a, b, 4) == 0 && std::memcmp(a + 6, b + 6, length - 6) == 0;
    return std::memcmp(a, b, 2) == 0 && std::memcmp(a + 6, b + 6, 4) == 0
        && std::memcmp(a + 12, b + 12, length - 12) == 0;
}

// Ports, acknowledgement, flags but PSH, window and options.
bool same_tcp(const std::uint8_t* a, const std::uint8_t* b, std::size_t length)
{
    return std::memcmp(a, b, 4) == 0 && std::memcmp(a + 8, b + 8, 5) == 0 && ((a[13] ^ b[13]) & ~psh) == 0
        && std::memcmp(a + 14, b + 14, 2) == 0 && std::memcmp(a + 18, b + 18, length - 18) == 0;
}

} // namespace

Coalescer::Coalescer(Sink sink)
    : sink_(std::move(sink))
{ }

void Coalescer::add(Bytes frame)
{
    const auto at = find_tcp(frame);
    if (!at || !may_merge(frame, *at, longest_headers) || !checksums_hold(frame, *at)) {
        flush();
        return write_plain(frame);
    }
    if (!segments_.empty() && fits(frame, *at))
        return extend(frame, *at);
    flush();
    begin(frame, *at);
}

void Coalescer::begin(Bytes frame, const TcpLayout& at)
{
    segments_.assign({frame});
    layout_ = at;
    std::memcpy(headers_.data(), frame.data(), at.payload);
    segment_ = payload_ = at.end - at.payload;
    pieces_.assign({piece(headers_.data(), at.payload), piece(&frame[at.payload], payload_)});
    closed_ = (frame[at.transport + 13] & psh) != 0;
}

bool Coalescer::fits(Bytes frame, const TcpLayout& at) const
{
    const auto length = at.end - at.payload;
    if (closed_ || segments_.size() >= most_segments || at.ip != layout_.ip
        || at.transport != layout_.transport || at.payload != layout_.payload || at.v6 != layout_.v6
        || length > segment_ || at.payload + payload_ + length > longest_tap_frame)
        return false;
    const auto* const mine = segments_.front().data();
    const auto index = static_cast<std::uint16_t>(segments_.size());
    const bool in_order =
        at.v6 || get16(&frame[at.ip + 4]) == static_cast<std::uint16_t>(get16(mine + at.ip + 4) + index);
    const auto expected = static_cast<std::uint32_t>(get32(mine + at.transport + 4) + payload_); // may wrap
    return in_order && get32(&frame[at.transport + 4]) == expected
        && std::memcmp(frame.data(), mine, at.ip) == 0 && same_ip(&frame[at.ip], mine + at.ip, at)
        && same_tcp(&frame[at.transport], mine + at.transport, at.payload - at.transport);
}

void Coalescer::extend(Bytes frame, const TcpLayout& at)
{
    const auto length = at.end - at.payload;
    segments_.push_back(frame);
    pieces_.push_back(piece(&frame[at.payload], length));
    payload_ += length;
    closed_ = length < segment_ || (frame[at.transport + 13] & psh) != 0;
    tcp()[13] = static_cast<std::uint8_t>(tcp()[13] | (frame[at.transport + 13] & psh));
}

void Coalescer::flush()
{
    if (segments_.size() < 2 || !write_merged())
        for (const auto& segment : segments_)
            write_plain(segment);
    segments_.clear();
}

bool Coalescer::write_merged()
{
    const auto length = layout_.payload + payload_;
    auto* const ip = &headers_[layout_.ip];
    if (layout_.v6) {
        put16(ip + 4, static_cast<std::uint16_t>(length - layout_.transport));
    } else {
        put16(ip + 2, static_cast<std::uint16_t>(length - layout_.ip));
        put16(ip + 10, 0);
        put_native(ip + 10, Checksum().add({ip, layout_.transport - layout_.ip}).complement());
    }
    put_native(tcp() + 16, tcp_pseudo_header(headers_, layout_, length - layout_.transport).folded());
    OffloadHeader offload;
    offload.flags = OffloadHeader::needs_checksum;
    offload.gso_type = layout_.v6 ? OffloadHeader::gso_tcp6 : OffloadHeader::gso_tcp4;
    offload.hdr_len = static_cast<std::uint16_t>(layout_.payload);
    offload.gso_size = static_cast<std::uint16_t>(segment_);
    offload.csum_start = static_cast<std::uint16_t>(layout_.transport);
    offload.csum_offset = 16;
    return sink_(offload, pieces_);
}

void Coalescer::write_plain(Bytes frame)
{
    const auto whole = piece(frame.data(), frame.size());
    sink_(OffloadHeader(), {&whole, 1});
}

} // namespace tunnel
