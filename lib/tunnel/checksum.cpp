#include "tunnel/checksum.h"

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

} // namespace

Checksum& Checksum::add(Bytes bytes)
{
    const auto* at = bytes.data();
    auto left = bytes.size();
    std::uint64_t even = sum_;
    std::uint64_t odd = 0;
    for (; left >= 32; left -= 32, at += 32) { // two chains, so that the processor can do both at once
        even = add_with_carry(even, load<std::uint64_t>(at));
        odd = add_with_carry(odd, load<std::uint64_t>(at + 8));
        even = add_with_carry(even, load<std::uint64_t>(at + 16));
        odd = add_with_carry(odd, load<std::uint64_t>(at + 24));
    }
    for (; left >= 8; left -= 8, at += 8)
        even = add_with_carry(even, load<std::uint64_t>(at));
    std::uint64_t rest = 0;
    if (left != 0) // an empty piece may have no memory at all
        std::memcpy(&rest, at, left);
    sum_ = add_with_carry(add_with_carry(even, odd), rest);
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

std::uint16_t get16(const std::uint8_t* at)
{
    return ntohs(load<std::uint16_t>(at));
}

std::uint32_t get32(const std::uint8_t* at)
{
    return ntohl(load<std::uint32_t>(at));
}

void put16(std::uint8_t* at, std::uint16_t host_order)
{
    put_native(at, htons(host_order));
}

void put32(std::uint8_t* at, std::uint32_t host_order)
{
    const auto value = htonl(host_order);
    std::memcpy(at, &value, sizeof value);
}

void put_native(std::uint8_t* at, std::uint16_t value)
{
    std::memcpy(at, &value, sizeof value);
}

} // namespace tunnel
