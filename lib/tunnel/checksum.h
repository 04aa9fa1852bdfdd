// The Internet checksum (RFC 1071) over pieces of memory.
#pragma once

#include <cstdint>
#include <span>

namespace tunnel {

using Bytes = std::span<const std::uint8_t>;

class Checksum {
public:
    // All pieces but the last must have an even length.
    Checksum& add(Bytes);
    Checksum& add_word(std::uint16_t host_order);

    // The sum as it is stored in a header: in network order when written with put_native().
    std::uint16_t folded() const;
    std::uint16_t complement() const { return static_cast<std::uint16_t>(~folded()); }

private:
    std::uint64_t sum_ = 0;
};

std::uint16_t get16(const std::uint8_t* at); // network order to host order
std::uint32_t get32(const std::uint8_t* at);
void put16(std::uint8_t* at, std::uint16_t host_order);
void put32(std::uint8_t* at, std::uint32_t host_order);
void put_native(std::uint8_t* at, std::uint16_t value); // as it is: for checksums

} // namespace tunnel
