// Whether a rule's test of an interface tells the card from the device that takes its place.
#pragma once

#include "net/types.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace netlink {

using NameBytes = std::array<std::uint8_t, 16>; // IFNAMSIZ, zeros behind the name

inline NameBytes name_bytes(const net::IfName& name)
{
    NameBytes bytes{};
    std::memcpy(bytes.data(), name.str().data(), name.str().size());
    return bytes;
}

// The card as rules know it now, and what will be in its place.
struct Exchange {
    int card_index;
    NameBytes card;
    NameBytes successor; // has a number that no rule can know yet
};

} // namespace netlink
