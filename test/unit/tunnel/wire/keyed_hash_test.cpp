#include "catch.h"
#include "tunnel/wire/keyed_hash.h"

#include <algorithm>
#include <unordered_set>

TEST_CASE("the keyed hash is SipHash")
{
    const tunnel::HashKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    CHECK(tunnel::siphash<2, 4>(key, 0x0706050403020100) == 0x93f5f5799a932462); // of its authors' examples
    CHECK(tunnel::siphash<1, 3>(key, 1) != tunnel::siphash<1, 3>({1, 2}, 1));
}

TEST_CASE("stations made up to fall into one bucket do not")
{
    std::unordered_set<std::uint64_t, tunnel::KeyedHash> stations;
    stations.reserve(2000);
    const auto buckets = stations.bucket_count();
    for (std::uint64_t i = 0; i < 2000; ++i)
        stations.insert(i * buckets); // alike but for the key
    std::size_t fullest = 0;
    for (std::size_t i = 0; i < buckets; ++i)
        fullest = std::max(fullest, stations.bucket_size(i));
    CHECK(fullest < 30);
}
