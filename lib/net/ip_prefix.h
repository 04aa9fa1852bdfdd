// An IPv4 or IPv6 address with the length of its network.
#pragma once

#include "net/types.h"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace net {

// The address keeps its host bits: "192.0.2.5/24" is a host and its network. Whoever wants the
// network alone takes network_of().
struct IpPrefix {
    IpAddress address;
    unsigned length = 0;

    // "192.0.2.5", "192.0.2.0/24", "192.0.2.0/255.255.255.0", "2001:db8::5", "2001:db8::/64"; an
    // address alone has full length. Nothing if it is none of these: names are not looked up.
    static std::optional<IpPrefix> parse(std::string_view text);

    bool is_v4() const;
    bool is_host() const; // of full length
    auto operator<=>(const IpPrefix&) const = default;
};

// The bits of an address of that family: 32 or 128.
unsigned address_bits(int family);

// The prefix without host bits.
IpPrefix network_of(const IpPrefix&);

// The lowest and the highest address of the network.
IpAddress first_of(const IpPrefix&);
IpAddress last_of(const IpPrefix&);

bool contains(const IpPrefix&, const IpAddress&);

std::string to_string(const IpPrefix&); // without "/32" and "/128"

} // namespace net
