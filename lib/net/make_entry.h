// Entries of our own making: the addresses and routes that a routed guest needs.
#pragma once

#include "net/entry.h"
#include "net/ip_prefix.h"

#include <optional>
#include <vector>

namespace net {

// Marks the routes (and proxy neighbours, where the kernel keeps it) that are ours, so that other
// programs can leave them alone and we find them again. No entry of iproute2's rt_protos.
constexpr std::uint8_t own_protocol = 208;

// The address alone, without a network round it (but for a link-local one), and without duplicate
// address detection.
Entry host_address(const IfName& device, const IpAddress&);

// "ip route add <to> dev <device> proto 208 scope link src <source> metric <metric>". Host bits
// in `to` are masked off.
Entry device_route(
    const IfName& device, const IpPrefix& to, std::uint32_t metric, const std::optional<IpAddress>& source);

// "ip neighbour add proxy <address> dev <device>".
Entry proxy_neighbour(const IfName& device, const IpAddress&);

IpAddress neighbour_address(const Entry&);
bool is_proxy(const Entry&);
bool is_own_proxy(const Entry&); // of own_protocol

bool is_link_local(const IpAddress&); // fe80::/10
bool is_own_route(const Entry&); // of own_protocol, in table main

// A good address to be known by: not secondary, temporary, deprecated, tentative or of a link only.
bool is_main_address(const Entry& address);

// Both say the same of the same thing, as far as we say anything: identity, and of routes the
// source address and the protocol.
bool says_the_same(const Entry&, const Entry&);

} // namespace net
