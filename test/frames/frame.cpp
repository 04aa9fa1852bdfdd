#include "frame.h"

#include <arpa/inet.h>

#include <stdexcept>

namespace frames {

namespace {

std::uint16_t checksum(const Bytes& bytes)
{
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

void put(Bytes& bytes, std::size_t place, std::uint16_t value)
{
    bytes.at(place) = static_cast<std::uint8_t>(value >> 8);
    bytes.at(place + 1) = static_cast<std::uint8_t>(value);
}

} // namespace

Bytes operator+(Bytes left, const Bytes& right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

Bytes number(std::uint64_t value, unsigned size)
{
    Bytes bytes(size);
    for (unsigned i = size; i-- > 0; value >>= 8)
        bytes[i] = static_cast<std::uint8_t>(value);
    return bytes;
}

Bytes zeros(std::size_t size)
{
    return Bytes(size);
}

Bytes mac(const std::string& text)
{
    Bytes bytes;
    for (std::size_t i = 0; i < text.size(); i += 3)
        bytes.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
    return bytes;
}

Bytes ip(const std::string& text)
{
    Bytes bytes(text.find(':') == std::string::npos ? 4 : 16);
    if (inet_pton(bytes.size() == 4 ? AF_INET : AF_INET6, text.c_str(), bytes.data()) != 1)
        throw std::invalid_argument("no address: " + text);
    return bytes;
}

Bytes ethernet(const std::string& to, const std::string& from, unsigned type, const Bytes& payload)
{
    auto frame = mac(to) + mac(from) + number(type, 2) + payload;
    if (frame.size() < 60)
        frame.resize(60);
    return frame;
}

Bytes tag(unsigned id, unsigned type, const Bytes& payload)
{
    return number(id, 2) + number(type, 2) + payload;
}

Bytes arp(const Arp& a)
{
    return number(a.hardware, 2) + number(a.protocol, 2) + number(a.hardware_size, 1)
        + number(a.protocol_size, 1) + number(a.operation, 2) + mac(a.sender_mac) + ip(a.sender) + zeros(6)
        + ip(a.target);
}

Bytes ipv4(const Ipv4& h, const Bytes& payload)
{
    const auto header_size = 20 + h.options.size();
    const auto length = h.claimed_length ? h.claimed_length : header_size + payload.size();
    auto header = number(0x40 | header_size / 4, 1) + zeros(1) + number(length, 2) + number(0x1234, 2)
        + number(h.fragment, 2) + number(64, 1) + number(h.protocol, 1) + zeros(2) + ip(h.from) + ip(h.to)
        + h.options;
    put(header, 10, checksum(header));
    return header + payload;
}

Bytes udp(unsigned from, unsigned to, const Bytes& payload)
{
    return number(from, 2) + number(to, 2) + number(8 + payload.size(), 2) + zeros(2) + payload;
}

Bytes dhcp(const std::string& client_mac, unsigned operation)
{
    return number(operation, 1) + Bytes{1, 6, 0} + number(0xcafe, 4) + zeros(20) + mac(client_mac)
        + zeros(10 + 192) + number(0x63825363, 4) + Bytes{53, 1, 1, 255} + zeros(60);
}

Bytes ipv6(const std::string& from, const std::string& to, unsigned next, const Bytes& payload)
{
    return number(0x60000000, 4) + number(payload.size(), 2) + number(next, 1) + number(255, 1) + ip(from)
        + ip(to) + payload;
}

Bytes icmpv6(const std::string& from, const std::string& to, unsigned type, const Bytes& body)
{
    auto message = number(type, 1) + zeros(3) + body;
    const auto pseudo = ip(from) + ip(to) + number(message.size(), 4) + number(58, 4);
    put(message, 2, checksum(pseudo + message));
    return message;
}

Bytes extension(unsigned next, const Bytes& content)
{
    return number(next, 1) + number((content.size() + 2) / 8 - 1, 1) + content;
}

Bytes router_alert(unsigned next)
{
    return extension(next, {5, 2, 0, 0, 1, 0});
}

Bytes fragment(unsigned next, unsigned offset, bool more)
{
    return number(next, 1) + zeros(1) + number(offset | (more ? 1U : 0U), 2) + number(0xabcd, 4);
}

Bytes option(unsigned kind, const Bytes& content)
{
    return number(kind, 1) + number((content.size() + 2) / 8, 1) + content;
}

} // namespace frames
