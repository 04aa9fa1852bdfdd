// The header in front of every frame of a tap with offloads (virtio_net_hdr; <linux/virtio_net.h> itself is
// no C++: it has a member called "class").
#pragma once

#include <cstdint>

namespace tunnel {

struct OffloadHeader {
    static constexpr std::uint8_t needs_checksum = 1; // in flags: the sum from csum_start on is left open
    static constexpr std::uint8_t gso_none = 0; // in gso_type
    static constexpr std::uint8_t gso_tcp4 = 1;
    static constexpr std::uint8_t gso_tcp6 = 4;
    static constexpr std::uint8_t gso_ecn = 0x80; // the first segment has CWR

    std::uint8_t flags = 0;
    std::uint8_t gso_type = 0;
    std::uint16_t hdr_len = 0;
    std::uint16_t gso_size = 0;
    std::uint16_t csum_start = 0;
    std::uint16_t csum_offset = 0;
};

static_assert(sizeof(OffloadHeader) == 10);

} // namespace tunnel
