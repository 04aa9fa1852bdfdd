// A hash that a stranger cannot foresee: without the key nobody can make numbers up that fall into one
// bucket.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tunnel {

using HashKey = std::array<std::uint64_t, 2>;

HashKey random_key(); // throws SystemError

// SipHash of one number, with so many rounds for each word and at the end.
template <int rounds, int final_rounds> std::uint64_t siphash(const HashKey&, std::uint64_t number);

// For the tables whose keys strangers choose: one key for each process.
struct KeyedHash {
    std::size_t operator()(std::uint64_t number) const;
};

} // namespace tunnel
