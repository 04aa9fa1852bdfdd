// Where a tunnel's packets go and who may send them: addresses with ports, and prefixes.
#pragma once

#include "net/types.h"

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tunnel {

struct Endpoint {
    net::IpAddress address = {};
    std::uint16_t port = 0;

    // "192.0.2.1:5558" or "[2001:db8::1]:5558"; throws UsageError that names `key` and the word.
    static Endpoint parse(std::string_view key, std::string_view text);

    bool is_multicast() const; // 224.0.0.0/4 or ff00::/8
    auto operator<=>(const Endpoint&) const = default;
};

std::string to_string(const Endpoint&);

// Throw UsageError with one sentence that begins with "key=text". An IPv4 address in IPv6's clothes
// (::ffff:192.0.2.1) is the IPv4 address, here and in a Prefix.
net::IpAddress parse_address(std::string_view key, std::string_view text);
std::uint16_t parse_port(std::string_view key, std::string_view text);

// An Endpoint as the socket calls want it. `scope` is the interface index, used for IPv6 link-local only.
struct SocketAddress {
    sockaddr_storage storage = {};
    socklen_t length = sizeof(sockaddr_storage);

    SocketAddress() = default;
    explicit SocketAddress(const Endpoint& endpoint, unsigned scope = 0);

    Endpoint endpoint() const;
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// A block of addresses: "192.0.2.0/24", "2001:db8::/32", or one address.
struct Prefix {
    net::IpAddress address = {};
    unsigned length = 0;

    static Prefix parse(std::string_view key, std::string_view text); // throws UsageError

    // An IPv4 peer that reached an IPv6 socket (::ffff:192.0.2.1) counts as IPv4.
    bool contains(const net::IpAddress& candidate) const;
    auto operator<=>(const Prefix&) const = default;
};

std::string to_string(const Prefix&);

} // namespace tunnel
