// What an Ethernet frame is to a relay: where its headers are, and how long it may be.
#pragma once

#include "tunnel/frame/checksum.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tunnel {

constexpr std::size_t shortest_frame = 14; // two addresses and a type
constexpr std::size_t longest_datagram = 65507; // what UDP over IPv4 can carry
constexpr std::size_t longest_stream_frame = 69632; // what QEMU accepts
constexpr std::size_t longest_tap_frame = 65535; // what a tap takes in one write

// An Ethernet address as a number, for tables.
using MacKey = std::uint64_t;

MacKey destination_of(Bytes frame); // needs shortest_frame bytes, as the others below
MacKey source_of(Bytes frame);
bool is_group(MacKey); // broadcast or multicast

// Offsets into a frame that carries IP.
struct IpLayout {
    std::size_t ip = 0; // first byte of the IP header, behind any VLAN tags
    std::size_t transport = 0; // first byte behind the IP header
    bool v6 = false;
};

// Nothing unless the frame is IPv4, or IPv6 without extension headers, with a whole header.
std::optional<IpLayout> find_ip(Bytes frame);

// As IpLayout, for a frame that is one whole unfragmented TCP segment.
struct TcpLayout : IpLayout {
    std::size_t payload = 0;
    std::size_t end = 0; // of the segment: Ethernet may have padded the frame behind it
};

std::optional<TcpLayout> find_tcp(Bytes frame);

// The sum over the TCP pseudo header for a segment of `length` bytes.
Checksum tcp_pseudo_header(Bytes frame, const IpLayout&, std::size_t length);

// True if both checksums of the segment (IPv4's header and TCP's) are right.
bool checksums_hold(Bytes frame, const TcpLayout&);

} // namespace tunnel
