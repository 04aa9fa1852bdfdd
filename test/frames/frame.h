// Frames as bytes, put together from the inside out; made to be sent by a guest that lies.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace frames {

using Bytes = std::vector<std::uint8_t>;

// Both ways of writing addresses become bytes: "00:16:3e:00:05:00", "10.0.0.5", "2001:db8::5".
Bytes mac(const std::string& text);
Bytes ip(const std::string& text);

Bytes operator+(Bytes left, const Bytes& right);
Bytes number(std::uint64_t value, unsigned size); // in network order
Bytes zeros(std::size_t size);

Bytes ethernet(const std::string& to, const std::string& from, unsigned type, const Bytes& payload);
Bytes tag(unsigned id, unsigned type, const Bytes& payload); // what follows 0x8100

struct Arp {
    unsigned operation = 1;
    std::string sender_mac = {};
    std::string sender = {};
    std::string target = {};
    unsigned hardware = 1;
    unsigned protocol = 0x0800;
    unsigned hardware_size = 6;
    unsigned protocol_size = 4;
};
Bytes arp(const Arp&);

struct Ipv4 {
    std::string from = {};
    std::string to = {};
    unsigned protocol = 17;
    unsigned fragment = 0; // flags and offset, as they stand in the header
    Bytes options = {};
    unsigned claimed_length = 0; // 0: the true one
};
Bytes ipv4(const Ipv4&, const Bytes& payload);

Bytes udp(unsigned from, unsigned to, const Bytes& payload);
Bytes dhcp(const std::string& client_mac, unsigned operation = 1);

Bytes ipv6(const std::string& from, const std::string& to, unsigned next, const Bytes& payload);
Bytes icmpv6(const std::string& from, const std::string& to, unsigned type, const Bytes& body);
Bytes extension(unsigned next, const Bytes& content = {1, 4, 0, 0, 0, 0}); // hop-by-hop, destination, routing
Bytes router_alert(unsigned next);
Bytes fragment(unsigned next, unsigned offset, bool more);
Bytes option(unsigned kind, const Bytes& content); // of neighbour discovery

} // namespace frames
