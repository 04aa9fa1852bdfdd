#include "tunnel/config/endpoint.h"

#include "base/error.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace tunnel {

namespace {

std::string word(std::string_view key, std::string_view text)
{
    return std::string(key) + "=" + base::quoted(text);
}

// The IPv4 address inside ::ffff:a.b.c.d, else the address itself.
net::IpAddress unmapped(const net::IpAddress& address)
{
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (address.family != AF_INET6 || !std::equal(mapped.begin(), mapped.end(), address.bytes.begin()))
        return address;
    net::IpAddress inner{AF_INET, {}};
    std::copy_n(address.bytes.begin() + 12, 4, inner.bytes.begin());
    return inner;
}

} // namespace

net::IpAddress parse_address(std::string_view key, std::string_view text)
{
    const auto address = net::IpAddress::parse(text);
    if (!address)
        throw base::UsageError(word(key, text) + " is not an IPv4 or IPv6 address");
    return unmapped(*address);
}

std::uint16_t parse_port(std::string_view key, std::string_view text)
{
    const auto port = base::parse_number(text, 65535);
    if (!port || *port == 0)
        throw base::UsageError(word(key, text) + " is not a port: give a number from 1 to 65535");
    return static_cast<std::uint16_t>(*port);
}

Endpoint Endpoint::parse(std::string_view key, std::string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        throw base::UsageError(word(key, text) + " lacks a port: give ADDRESS:PORT");
    auto host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    if (!bracketed && host.find(':') != std::string_view::npos)
        throw base::UsageError(word(key, text) + " is ambiguous: write IPv6 as [ADDRESS]:PORT");
    return {parse_address(key, host), parse_port(key, text.substr(colon + 1))};
}

bool Endpoint::is_multicast() const
{
    if (address.family == AF_INET)
        return (address.bytes[0] & 0xf0) == 0xe0;
    return address.family == AF_INET6 && address.bytes[0] == 0xff;
}

std::string to_string(const Endpoint& endpoint)
{
    const auto host = to_string(endpoint.address);
    const auto port = std::to_string(endpoint.port);
    return endpoint.address.family == AF_INET6 ? "[" + host + "]:" + port : host + ":" + port;
}

SocketAddress::SocketAddress(const Endpoint& endpoint, unsigned scope)
{
    if (endpoint.address.family == AF_INET) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(endpoint.port);
        std::memcpy(&in.sin_addr, endpoint.address.bytes.data(), 4);
        std::memcpy(&storage, &in, length = sizeof in);
        return;
    }
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(endpoint.port);
    std::memcpy(&in6.sin6_addr, endpoint.address.bytes.data(), 16);
    if (IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr))
        in6.sin6_scope_id = scope;
    std::memcpy(&storage, &in6, length = sizeof in6);
}

Endpoint SocketAddress::endpoint() const
{
    Endpoint endpoint{{storage.ss_family, {}}, 0};
    if (storage.ss_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &storage, sizeof in);
        std::memcpy(endpoint.address.bytes.data(), &in.sin_addr, 4);
        endpoint.port = ntohs(in.sin_port);
    } else if (storage.ss_family == AF_INET6) {
        sockaddr_in6 in6{};
        std::memcpy(&in6, &storage, sizeof in6);
        std::memcpy(endpoint.address.bytes.data(), &in6.sin6_addr, 16);
        endpoint.port = ntohs(in6.sin6_port);
    }
    endpoint.address = unmapped(endpoint.address);
    return endpoint;
}

Prefix Prefix::parse(std::string_view key, std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = parse_address(key, text.substr(0, slash));
    const unsigned longest = address.family == AF_INET ? 32 : 128;
    if (slash == std::string_view::npos)
        return {address, longest};
    const bool mapped = longest == 32 && text.substr(0, slash).find(':') != std::string_view::npos;
    const unsigned in_front = mapped ? 96 : 0; // bits of ::ffff:0:0
    const auto length = base::parse_number(text.substr(slash + 1), longest + in_front);
    if (!length || *length < in_front)
        throw base::UsageError(word(key, text) + " has no prefix length from " + std::to_string(in_front)
            + " to " + std::to_string(longest + in_front));
    return {address, static_cast<unsigned>(*length) - in_front};
}

bool Prefix::contains(const net::IpAddress& candidate) const
{
    const auto other = unmapped(candidate);
    if (other.family != address.family)
        return false;
    const auto whole = length / 8;
    if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole, other.bytes.begin()))
        return false;
    const auto mask = static_cast<std::uint8_t>(0xff00 >> (length % 8));
    return length % 8 == 0 || ((address.bytes[whole] ^ other.bytes[whole]) & mask) == 0;
}

std::string to_string(const Prefix& prefix)
{
    return to_string(prefix.address) + "/" + std::to_string(prefix.length);
}

} // namespace tunnel
