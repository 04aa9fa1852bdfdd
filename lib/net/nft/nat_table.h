// The nftables table by which a host lets its guests out under its own address, and lets in what
// is forwarded to them.
#pragma once

#include "net/nft/nft.h"
#include "net/types.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace net {

// What arrives for the host itself on these ports goes to another address.
struct NatForward {
    std::uint8_t protocol = 0; // IPPROTO_TCP or IPPROTO_UDP
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    IpAddress to = {};
    std::optional<std::uint16_t> port = {};
    IfName device; // by which it arrives
};

// What leaves by one of the devices and is not the host's own gets the host's address, in both families.
nft::Table nat_table(const std::vector<IfName>& devices, const std::vector<NatForward>&);

} // namespace net
