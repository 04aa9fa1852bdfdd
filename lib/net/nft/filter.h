// What a guest's interface may send, as a plain value, and the rules that see to it.
//
// The rules are the same for all guests and stand in tables of our own, once; a guest is nothing
// but elements of their sets. So a guest that comes costs the same beside a thousand others as it
// does alone, and so does a frame. Keys hold the interface's index, not its name: what is renamed
// stays filtered, and what is left of a device that is gone never meets another.
#pragma once

#include "net/ip_prefix.h"
#include "net/nft/nft.h"
#include "net/types.h"

#include <optional>
#include <string>
#include <vector>

namespace net {

// Ports of a bridge are filtered where frames enter the bridge, and kept from the host's own IP;
// the others are filtered where frames enter the host. By the uplink of a bridge, nothing enters under
// the MAC address of one of its guests.
enum class FilterPlace { bridged, routed, uplink };

struct Filter {
    IfName owner; // the kernel's own name of the interface, which no vifname changes
    int link = 0; // the interface's index
    FilterPlace place = FilterPlace::bridged;
    bool admitted = false; // may send on a bridge whose ports must be admitted
    std::optional<Mac> mac = {}; // the only source address of its frames
    std::optional<int> uplink =
        {}; // the index of an uplink by which nobody else may come in under that MAC address
    // With a MAC address: the only addresses that it may use, with the link-local one of its MAC
    // address; all else is dropped. Absent: any.
    std::optional<std::vector<IpPrefix>> addresses = {};

    bool operator==(const Filter&) const = default;
};

// Why a frame was dropped. The numbers are the marks under which the kernel counts.
enum class DropReason : std::uint32_t {
    mac = 1, // a source address that is not the guest's
    tag, // VLAN tagged
    ethertype, // neither ARP nor IPv4 nor IPv6; link-local protocols of switches
    arp, // malformed, or of another's address
    ip4,
    dhcp, // a client with another's hardware address
    dhcp_server, // answers as a DHCP or DHCPv6 server does
    query, // IGMP or MLD queries: a router's affair
    ip6,
    extension, // extension headers or fragments that hide what they carry
    ra, // router advertisements, redirects and their like
    nd, // neighbour discovery for another's address, or other ICMPv6
    port, // an interface that was not admitted to its bridge
    twin, // from outside, under the MAC address of a guest
};

std::vector<DropReason> all_drop_reasons();
std::string to_string(DropReason);
std::optional<DropReason> drop_reason(std::uint32_t mark);

// How often frames of an interface were dropped.
struct DropCount {
    int link = 0; // its index
    DropReason reason = DropReason::mac;
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;

    bool operator==(const DropCount&) const = default;
};

// fe80::/64 with the address that a guest makes from its MAC address (EUI-64).
IpAddress link_local_of(const Mac&);

// Our table of a family. Those of a place hold all that its guests need.
nft::Table filter_table(nft::Family);
std::vector<nft::Family> families_of(FilterPlace);

// The elements that stand for the filter; sorted, none twice.
std::vector<nft::Element> elements_of(const Filter&);

// The elements under which the kernel may have counted frames of the interface that it dropped.
std::vector<nft::Element> counters_of(const Filter&);

// Lines for `nft -f -`: the tables, whatever there is of them, and the filter's elements in them.
std::string installing_text(const Filter&);
std::string removing_text(const Filter&);

} // namespace net
