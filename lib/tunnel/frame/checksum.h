// The Internet checksum (RFC 1071) over pieces of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
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
    Checksum& add_tail(const std::uint8_t* at, std::size_t length);

    std::uint64_t sum_ = 0;
};

// Network order to host order and back, at any address.
inline std::uint16_t get16(const std::uint8_t* at)
{
    return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}

inline std::uint32_t get32(const std::uint8_t* at)
{
    return std::uint32_t{get16(at)} << 16 | get16(at + 2);
}

inline void put16(std::uint8_t* at, std::uint16_t host_order)
{
    at[0] = static_cast<std::uint8_t>(host_order >> 8);
    at[1] = static_cast<std::uint8_t>(host_order);
}

inline void put32(std::uint8_t* at, std::uint32_t host_order)
{
    put16(at, static_cast<std::uint16_t>(host_order >> 16));
    put16(at + 2, static_cast<std::uint16_t>(host_order));
}

// As it is: for checksums, which are the same in either order.
inline void put_native(std::uint8_t* at, std::uint16_t value)
{
    std::memcpy(at, &value, sizeof value);
}

} // namespace tunnel
