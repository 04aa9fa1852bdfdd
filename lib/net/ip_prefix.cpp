#include "net/ip_prefix.h"

#include "base/text.h"

#include <sys/socket.h>

namespace net {

namespace {

// The bits of byte `index` that lie behind the first `length` bits of the address.
std::uint8_t host_mask(unsigned index, unsigned length)
{
    const unsigned before = index * 8;
    if (length <= before)
        return 0xff;
    return static_cast<std::uint8_t>(length >= before + 8 ? 0 : 0xff >> (length - before));
}

// 255.255.255.0 is 24; nothing if the ones do not all come first.
std::optional<unsigned> length_of_mask(const IpAddress& mask)
{
    for (unsigned length = 0; length <= 32; ++length) {
        IpAddress ones{AF_INET, {0xff, 0xff, 0xff, 0xff}};
        if (first_of({ones, length}) == mask)
            return length;
    }
    return std::nullopt;
}

std::optional<unsigned> parse_length(std::string_view text, int family)
{
    if (const auto number = base::parse_number(text, address_bits(family)))
        return static_cast<unsigned>(*number);
    const auto mask = IpAddress::parse(text);
    return mask && mask->family == AF_INET && family == AF_INET ? length_of_mask(*mask) : std::nullopt;
}

} // namespace

std::optional<IpPrefix> IpPrefix::parse(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address)
        return std::nullopt;
    if (slash == std::string_view::npos)
        return IpPrefix{*address, address_bits(address->family)};
    const auto length = parse_length(text.substr(slash + 1), address->family);
    return length ? std::optional(IpPrefix{*address, *length}) : std::nullopt;
}

bool IpPrefix::is_v4() const
{
    return address.family == AF_INET;
}

bool IpPrefix::is_host() const
{
    return length == address_bits(address.family);
}

unsigned address_bits(int family)
{
    return family == AF_INET ? 32 : 128;
}

IpPrefix network_of(const IpPrefix& prefix)
{
    return {first_of(prefix), prefix.length};
}

IpAddress first_of(const IpPrefix& prefix)
{
    IpAddress address = prefix.address;
    for (unsigned i = 0; i < address_bits(address.family) / 8; ++i)
        address.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] & ~host_mask(i, prefix.length));
    return address;
}

IpAddress last_of(const IpPrefix& prefix)
{
    IpAddress address = prefix.address;
    for (unsigned i = 0; i < address_bits(address.family) / 8; ++i)
        address.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] | host_mask(i, prefix.length));
    return address;
}

bool contains(const IpPrefix& prefix, const IpAddress& address)
{
    return prefix.address.family == address.family && first_of(prefix) <= address
        && address <= last_of(prefix);
}

std::string to_string(const IpPrefix& prefix)
{
    return to_string(prefix.address) + (prefix.is_host() ? "" : "/" + std::to_string(prefix.length));
}

} // namespace net
