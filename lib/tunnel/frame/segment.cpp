#include "tunnel/frame/segment.h"

#include <algorithm>
#include <cstring>

namespace tunnel {

namespace {

constexpr std::uint8_t fin_psh = 0x09;
constexpr std::uint8_t cwr = 0x80;

std::uint8_t gso_kind(const OffloadHeader& offload)
{
    return static_cast<std::uint8_t>(offload.gso_type & ~OffloadHeader::gso_ecn);
}

} // namespace

Splitter::Splitter(Bytes frame, const OffloadHeader& offload)
    : frame_(frame)
    , offload_(offload)
{
    if (frame.size() < shortest_frame)
        valid_ = false;
    else if (gso_kind(offload) != OffloadHeader::gso_none)
        valid_ = plan_segments();
    else if (completes_checksum())
        valid_ = std::size_t(offload.csum_start) + offload.csum_offset + 2 <= frame.size();
    done_ = !valid_;
}

bool Splitter::plan_segments()
{
    const auto ip = find_ip(frame_);
    const bool v6 = gso_kind(offload_) == OffloadHeader::gso_tcp6;
    if (!ip || ip->v6 != v6 || (!v6 && gso_kind(offload_) != OffloadHeader::gso_tcp4))
        return false;
    layout_ = *ip;
    layout_.transport = std::max<std::size_t>(offload_.csum_start, ip->transport); // IPv6 may have extensions
    if (offload_.gso_size == 0 || frame_.size() < layout_.transport + 20)
        return false;
    headers_ = layout_.transport + (frame_[layout_.transport + 12] >> 4) * 4U;
    return headers_ >= layout_.transport + 20 && headers_ < frame_.size();
}

bool Splitter::next(WireBatch& batch)
{
    if (done_)
        return false;
    if (headers_ == 0)
        append_whole(batch);
    else
        append_segment(batch, std::min<std::size_t>(offload_.gso_size, frame_.size() - headers_ - sent_));
    return true;
}

void Splitter::append_whole(WireBatch& batch)
{
    done_ = true;
    const auto out = batch.append(frame_.size());
    std::memcpy(out.data(), frame_.data(), frame_.size());
    if (!completes_checksum())
        return;
    // The field already holds the sum over the pseudo header, so it is part of what is summed.
    const auto sum = Checksum().add(Bytes(out).subspan(offload_.csum_start)).complement();
    const bool udp = offload_.csum_offset == 6;
    put_native(&out[offload_.csum_start + std::size_t(offload_.csum_offset)], udp && sum == 0 ? 0xffff : sum);
}

void Splitter::append_segment(WireBatch& batch, std::size_t length)
{
    const auto out = batch.append(headers_ + length);
    std::memcpy(out.data(), frame_.data(), headers_);
    std::memcpy(out.data() + headers_, frame_.data() + headers_ + sent_, length);
    const bool last = headers_ + sent_ + length == frame_.size();
    finish_ip(out);
    finish_tcp(out, last);
    sent_ += length;
    ++index_;
    done_ = last;
}

void Splitter::finish_ip(std::span<std::uint8_t> frame) const
{
    auto* const ip = &frame[layout_.ip];
    const auto length = frame.size() - layout_.ip;
    if (layout_.v6)
        return put16(ip + 4, static_cast<std::uint16_t>(length - 40));
    put16(ip + 2, static_cast<std::uint16_t>(length));
    put16(ip + 4, static_cast<std::uint16_t>(get16(ip + 4) + index_));
    put16(ip + 10, 0);
    put_native(ip + 10, Checksum().add({ip, layout_.transport - layout_.ip}).complement());
}

void Splitter::finish_tcp(std::span<std::uint8_t> frame, bool last) const
{
    auto* const tcp = &frame[layout_.transport];
    put32(tcp + 4, static_cast<std::uint32_t>(get32(tcp + 4) + sent_));
    if (!last)
        tcp[13] = static_cast<std::uint8_t>(tcp[13] & ~fin_psh);
    if (index_ != 0)
        tcp[13] = static_cast<std::uint8_t>(tcp[13] & ~cwr);
    put16(tcp + 16, 0);
    const auto length = frame.size() - layout_.transport;
    put_native(tcp + 16, tcp_pseudo_header(frame, layout_, length).add({tcp, length}).complement());
}

} // namespace tunnel
