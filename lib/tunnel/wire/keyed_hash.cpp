#include "tunnel/wire/keyed_hash.h"

#include "base/error.h"

#include <sys/random.h>

#include <bit>
#include <cerrno>

namespace tunnel {

namespace {

struct State {
    std::uint64_t a;
    std::uint64_t b;
    std::uint64_t c;
    std::uint64_t d;

    void round()
    {
        a += b;
        c += d;
        b = std::rotl(b, 13) ^ a;
        d = std::rotl(d, 16) ^ c;
        a = std::rotl(a, 32);
        c += b;
        a += d;
        b = std::rotl(b, 17) ^ c;
        d = std::rotl(d, 21) ^ a;
        c = std::rotl(c, 32);
    }

    template <int rounds> void add(std::uint64_t word)
    {
        d ^= word;
        for (int i = 0; i < rounds; ++i)
            round();
        a ^= word;
    }
};

} // namespace

HashKey random_key()
{
    HashKey key{};
    if (getrandom(key.data(), sizeof key, 0) != static_cast<ssize_t>(sizeof key))
        throw base::SystemError(errno, "getting random numbers");
    return key;
}

template <int rounds, int final_rounds> std::uint64_t siphash(const HashKey& key, std::uint64_t number)
{
    State state{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
        key[1] ^ 0x7465646279746573};
    state.add<rounds>(number);
    state.add<rounds>(std::uint64_t{sizeof number} << 56);
    state.c ^= 0xff;
    for (int i = 0; i < final_rounds; ++i)
        state.round();
    return state.a ^ state.b ^ state.c ^ state.d;
}

template std::uint64_t siphash<1, 3>(const HashKey&, std::uint64_t);
template std::uint64_t siphash<2, 4>(const HashKey&, std::uint64_t); // the one of the published examples

std::size_t KeyedHash::operator()(std::uint64_t number) const
{
    static const HashKey key = random_key();
    return siphash<1, 3>(key, number);
}

} // namespace tunnel
