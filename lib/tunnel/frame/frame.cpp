#include "tunnel/frame/frame.h"

#include <netinet/in.h>

namespace tunnel {

namespace {

constexpr std::size_t ipv6_header = 40;
constexpr std::size_t ipv4_header = 20;
constexpr std::size_t tcp_header = 20;

MacKey key_at(const std::uint8_t* at)
{
    return MacKey(get16(at)) << 32 | get32(at + 2);
}

std::optional<IpLayout> find_ipv4(Bytes frame, std::size_t ip)
{
    if (frame.size() < ip + ipv4_header || frame[ip] >> 4 != 4)
        return std::nullopt;
    const std::size_t length = (frame[ip] & 15U) * 4U;
    if (length < ipv4_header || frame.size() < ip + length)
        return std::nullopt;
    return IpLayout{ip, ip + length, false};
}

// The protocol behind the IP header, or nothing for a fragment.
std::optional<std::uint8_t> protocol_of(Bytes frame, const IpLayout& at)
{
    if (at.v6)
        return frame[at.ip + 6];
    const bool fragment = (get16(&frame[at.ip + 6]) & 0x3fff) != 0;
    return fragment ? std::nullopt : std::optional(frame[at.ip + 9]);
}

std::size_t end_of_ip(Bytes frame, const IpLayout& at)
{
    return at.v6 ? at.transport + get16(&frame[at.ip + 4]) : at.ip + get16(&frame[at.ip + 2]);
}

} // namespace

MacKey destination_of(Bytes frame)
{
    return key_at(frame.data());
}

MacKey source_of(Bytes frame)
{
    return key_at(frame.data() + 6);
}

bool is_group(MacKey mac)
{
    return (mac >> 40 & 1) != 0;
}

std::optional<IpLayout> find_ip(Bytes frame)
{
    std::size_t at = 12;
    while (frame.size() >= at + 6 && (get16(&frame[at]) == 0x8100 || get16(&frame[at]) == 0x88a8))
        at += 4;
    if (frame.size() < at + 2)
        return std::nullopt;
    const auto type = get16(&frame[at]);
    const auto ip = at + 2;
    if (type == 0x0800)
        return find_ipv4(frame, ip);
    if (type == 0x86dd && frame.size() >= ip + ipv6_header && frame[ip] >> 4 == 6)
        return IpLayout{ip, ip + ipv6_header, true};
    return std::nullopt;
}

std::optional<TcpLayout> find_tcp(Bytes frame)
{
    const auto ip = find_ip(frame);
    if (!ip || protocol_of(frame, *ip) != IPPROTO_TCP || frame.size() < ip->transport + tcp_header)
        return std::nullopt;
    TcpLayout layout;
    static_cast<IpLayout&>(layout) = *ip;
    layout.payload = ip->transport + (frame[ip->transport + 12] >> 4) * 4U;
    layout.end = end_of_ip(frame, *ip);
    const bool whole = layout.payload >= ip->transport + tcp_header && layout.payload <= layout.end
        && layout.end <= frame.size();
    return whole ? std::optional(layout) : std::nullopt;
}

Checksum tcp_pseudo_header(Bytes frame, const IpLayout& at, std::size_t length)
{
    Checksum sum;
    sum.add(at.v6 ? frame.subspan(at.ip + 8, 32) : frame.subspan(at.ip + 12, 8));
    sum.add_word(IPPROTO_TCP);
    sum.add_word(static_cast<std::uint16_t>(length >> 16));
    sum.add_word(static_cast<std::uint16_t>(length));
    return sum;
}

bool checksums_hold(Bytes frame, const TcpLayout& at)
{
    if (!at.v6 && Checksum().add(frame.subspan(at.ip, at.transport - at.ip)).folded() != 0xffff)
        return false;
    const auto length = at.end - at.transport;
    return tcp_pseudo_header(frame, at, length).add(frame.subspan(at.transport, length)).folded() == 0xffff;
}

} // namespace tunnel
