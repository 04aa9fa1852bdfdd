// The nftables table by which a host lets its guests out under its own address, and lets in what
// is forwarded to them.
#pragma once

#include "net/nft/nft.h"
#include "net/types.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace net {

// The groups of links by which the rules know what guests send ("ip link set ... group"): those of vif-nat,
// and those of vif-route.
constexpr std::uint32_t nat_group = 208;
constexpr std::uint32_t routed_group = 209;

// What arrives for the host itself on these ports goes to another address.
struct NatForward {
    std::uint8_t protocol = 0; // IPPROTO_TCP or IPPROTO_UDP
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    IpAddress to = {};
    std::optional<std::uint16_t> port = {};
    IfName device; // by which it arrives
};

// What comes from a guest of vif-nat and leaves by one of the devices gets the host's address, in both
// families. What is forwarded is so for the host itself and for routed guests too; a guest that is forwarded
// to itself by this meets its router.
nft::Table nat_table(const std::vector<IfName>& devices, const std::vector<NatForward>&);

} // namespace net
