#include "tunnel/frame/checksum.h"

#include <arpa/inet.h>

#include <cstring>

namespace tunnel {

namespace {

std::uint64_t add_with_carry(std::uint64_t sum, std::uint64_t value)
{
    sum += value;
    return sum + (sum < value ? 1 : 0);
}

template <class Word> Word load(const std::uint8_t* at)
{
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

// Adds the 32-bit words of whole blocks in four lanes of 64 bits, which cannot overflow below 2^32 words. The
// checksum is most of what a relay computes, so it uses the widest registers that the processor has.
using Lanes __attribute__((vector_size(32))) = std::uint64_t;
constexpr std::size_t block = 2 * sizeof(Lanes);

// Inlined into each of its callers, and there compiled for what that may assume.
inline __attribute__((always_inline)) std::uint64_t sum_lanes(const std::uint8_t* at, std::size_t length)
{
    const Lanes low = {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff};
    Lanes even = {};
    Lanes odd = {};
    for (const auto* const end = at + length; at != end; at += block) {
        Lanes first;
        Lanes second;
        std::memcpy(&first, at, sizeof first);
        std::memcpy(&second, at + sizeof first, sizeof second);
        even += (first & low) + (second & low);
        odd += (first >> 32) + (second >> 32);
    }
    even += odd;
    return even[0] + even[1] + even[2] + even[3];
}

std::uint64_t sum_blocks_anywhere(const std::uint8_t* at, std::size_t length)
{
    return sum_lanes(at, length);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) std::uint64_t sum_blocks_avx2(const std::uint8_t* at, std::size_t length)
{
    return sum_lanes(at, length);
}

std::uint64_t sum_blocks(const std::uint8_t* at, std::size_t length)
{
    static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
    return has_avx2 ? sum_blocks_avx2(at, length) : sum_blocks_anywhere(at, length);
}
#else
std::uint64_t sum_blocks(const std::uint8_t* at, std::size_t length)
{
    return sum_blocks_anywhere(at, length);
}
#endif

} // namespace

Checksum& Checksum::add(Bytes bytes)
{
    const auto wide = bytes.size() / block * block;
    if (wide != 0)
        sum_ = add_with_carry(sum_, sum_blocks(bytes.data(), wide));
    const auto* at = bytes.data() + wide;
    const auto left = bytes.size() - wide;
    for (const auto* const end = at + left / 8 * 8; at != end; at += 8)
        sum_ = add_with_carry(sum_, load<std::uint64_t>(at));
    return add_tail(at, left % 8);
}

// Fewer than 8 bytes, without a call for a length that is not known beforehand.
Checksum& Checksum::add_tail(const std::uint8_t* at, std::size_t length)
{
    std::uint64_t rest = 0; // seven bytes in pieces of 4, 2 and 1 cannot overflow
    if ((length & 4) != 0) {
        rest += load<std::uint32_t>(at);
        at += 4;
    }
    if ((length & 2) != 0) {
        rest += load<std::uint16_t>(at);
        at += 2;
    }
    if ((length & 1) != 0) {
        std::uint16_t last = 0;
        std::memcpy(&last, at, 1);
        rest += last;
    }
    sum_ = add_with_carry(sum_, rest);
    return *this;
}

Checksum& Checksum::add_word(std::uint16_t host_order)
{
    sum_ = add_with_carry(sum_, htons(host_order));
    return *this;
}

std::uint16_t Checksum::folded() const
{
    auto sum = (sum_ & 0xffffffff) + (sum_ >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

} // namespace tunnel
