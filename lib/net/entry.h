// An entry of one of the kernel's tables that has to do with a device: an address, route,
// neighbour, policy rule or nexthop object. It is kept as the kernel told it, attribute by
// attribute, so that it can be given back whole even where this code does not know a part of it.
// Devices are named, not numbered: an entry can be planned for a device that is yet to be made.
#pragma once

#include "net/attributes.h"
#include "net/types.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace net {

enum class Table { addresses, routes, neighbours, rules, nexthops };

// One of the next hops of a multipath route (struct rtnexthop).
struct Hop {
    IfName device;
    std::uint8_t flags = 0;
    std::uint8_t weight = 0; // rtnh_hops: the weight less one
    Attributes attributes = {};

    bool operator==(const Hop&) const = default;
};

struct Entry {
    Table table = Table::addresses;
    Bytes header = {}; // ifaddrmsg, rtmsg, ndmsg, fib_rule_hdr or nhmsg; a device index in it is zero
    Attributes attributes = {}; // without any that holds a device index
    std::optional<IfName> device = {}; // what the index stood for
    std::vector<Hop> hops = {}; // in place of RTA_MULTIPATH
    // An IPv6 default route of a router's advertisement: the kernel renews it and takes it away by itself.
    bool advertised = false;

    int family() const { return header.empty() ? 0 : header.front(); }
    bool operator==(const Entry&) const = default;

    // The fixed header as its C structure, which must be the one of the table.
    template <class Header> Header head() const
    {
        Header result{};
        if (!header.empty())
            std::memcpy(&result, header.data(), std::min(sizeof result, header.size()));
        return result;
    }
    template <class Header> void set_head(const Header& value)
    {
        const auto* const raw = reinterpret_cast<const std::uint8_t*>(&value);
        header.assign(raw, raw + sizeof value);
    }
};

// Without what is only the state of the moment (tentative, dead, linkdown, time stamps) and what
// the kernel would not take back: the form in which entries are kept, compared and added. A temporary
// address (RFC 8981) becomes a deprecated one of the same lifetime: what is open from it stays open, and what
// is new takes the temporary address that the kernel makes on the new device.
Entry normalized(Entry);

// Whether the kernel makes and removes this entry by itself when addresses and links come and go:
// routes of table local, neighbours that were learned.
bool is_kernels_own(const Entry&);

// The routes that the kernel makes by itself when the address is added, as far as they are not
// its own in the sense above: none, one, or two for an IPv6 address with a peer.
std::vector<Entry> connected_routes(const Entry& address);

// Whether both are the same thing to the kernel, so that adding one beside the other is refused or
// would replace it: the same address on the same device; the same route but for what it carries along.
bool same_identity(const Entry&, const Entry&);

// The entry for another device: wherever it names `from`, an address's label included, it names `to`.
Entry renamed(Entry, const IfName& from, const IfName& to);

// A neighbour that the administrator set: permanent, or a proxy entry.
bool is_permanent(const Entry& neighbour);

// A neighbour whose link-layer address is known and was learned.
bool is_learned(const Entry& neighbour);

// A route through a gateway or an onlink hop, or through a nexthop object.
bool has_gateway(const Entry& route);
bool has_nexthop_object(const Entry& route);

// The router of a route with a single hop, of the route's own family; nothing if there is none.
std::optional<IpAddress> gateway_of(const Entry& route);

// The address of an entry of Table::addresses, without its prefix length.
IpAddress local_address(const Entry& address);

// The destination of a route: "default", "192.0.2.0/24" or "2001:db8::7".
std::string destination(const Entry& route);

// In iproute2's words as they follow "ip address add" and the like:
// "192.0.2.0/24 dev xenbr0 proto kernel scope link src 192.0.2.2".
std::string to_string(const Entry&);

// iproute2's name of the object: "address", "route", "-6 route", "neighbour", "rule", "nexthop".
std::string object_name(const Entry&);

} // namespace net
