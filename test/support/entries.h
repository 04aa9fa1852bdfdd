// Entries in few words, as the kernel tells them. What a test does not say gets what iproute2 gives it.
#pragma once

#include "net/entry.h"

#include <optional>
#include <string>
#include <vector>

namespace test {

net::Bytes bytes_of(const std::string& ip_address);
net::IfName name(const std::string&);

struct AddressWords {
    std::string dev;
    std::string peer = {}; // the far end of a point-to-point address
    std::string broadcast = {};
    std::string label = {}; // IPv4: the device's name if not given
    std::uint32_t flags = 0;
    std::uint32_t metric = 0;
    std::uint32_t valid_lifetime = 0xffffffff;
    std::uint32_t preferred_lifetime = 0xffffffff;
    std::uint8_t scope = 0;
};

// `prefix` is "192.0.2.2/24" or "2001:db8::2/64"; of a peer's address the length is the peer's.
net::Entry address(const std::string& prefix, const AddressWords&);

struct RouteWords {
    std::string dev = {};
    std::string via = {};
    std::string src = {};
    std::uint32_t metric = 0; // IPv6: 1024 if not given
    std::uint32_t table = 254;
    std::uint8_t protocol = 3; // boot
    std::uint8_t type = 1; // unicast
    bool onlink = false;
    std::uint32_t nexthop = 0;
    std::vector<net::Hop> hops = {};
    std::uint32_t mtu = 0; // a metric in the other sense
};

// `to` is a prefix, or "default" (IPv4) or "default6".
net::Entry route(const std::string& to, const RouteWords&);
net::Hop hop(const std::string& dev, const std::string& via, unsigned weight = 1);

net::Entry neighbour(const std::string& ip, const std::string& mac, const std::string& dev);
net::Entry proxy(const std::string& ip, const std::string& dev);
net::Entry rule_for_input_from(const std::string& dev, std::uint32_t table, std::uint32_t priority);
net::Entry nexthop(std::uint32_t id, const std::string& via, const std::string& dev);

} // namespace test
