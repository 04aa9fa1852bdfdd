// How fast a guest may send or be sent to.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace net {

struct Rate {
    std::uint64_t bits_per_second = 0;

    auto operator<=>(const Rate&) const = default;
};

// The rates that a token bucket can hold: below, not one frame fits into a second's worth of it.
constexpr Rate slowest_rate{16'000};
constexpr Rate fastest_rate{400'000'000'000};

// As xl.cfg has it: "100Mb/s", "12.5MB/s", "100Mb/s@20ms": b are bits, B bytes; k (or K), M and G count
// by thousands; the interval does not change the rate. Throws UsageError.
Rate parse_rate(std::string_view text);

// As libxl stores it: "<bytes>,<microseconds>". Nothing for "no limit" (0 microseconds, as xend wrote it).
// Throws UsageError.
std::optional<Rate> parse_stored_rate(std::string_view text);

// "100Mb/s", the largest unit that leaves a whole number.
std::string to_string(const Rate&);

// The bucket of a token bucket filter for the rate, and how many bytes may queue before it.
//
// The bucket holds what arrives in four milliseconds, so that a kernel whose clock ticks every four
// does not lose any of the rate, and at least ten full frames; the queue a tenth of a second's worth,
// and at least twenty full frames: fewer, and TCP falls short of a slow rate; more, and it waits.
struct Bucket {
    std::uint32_t burst_bytes = 0;
    std::uint32_t queue_bytes = 0;

    bool operator==(const Bucket&) const = default;
};

Bucket bucket_for(const Rate&, unsigned mtu);

} // namespace net
