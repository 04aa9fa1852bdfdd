// The VLANs that a port of a bridge is in.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace net {

struct Vlan {
    std::uint16_t id = 0;
    bool pvid = false; // frames without a tag belong to it
    bool untagged = false; // its frames leave the port without a tag

    auto operator<=>(const Vlan&) const = default;
};

// In the order of their ids, none twice.
using Vlans = std::vector<Vlan>;

// The setting vlan= of xl.cfg: terms with '/' between them, each
//     N        one VLAN                  N-M      those from N to M
//     N+SxC    N, and C more in steps of S: 100+10x2 is 100, 110 and 120
// 'p' behind a single N makes it the port's own VLAN: frames without a tag belong to it. 'u' behind
// any term has its frames leave without a tag, as 'p' does too. Exactly one VLAN is the port's own;
// where there is but one, without any letter, it is that. Throws UsageError that names the term.
//
// "N+SxC" follows xl's man page ("additional entries") and not its example, which is at odds with it.
Vlans parse_vlans(std::string_view text);

// "10 pvid untagged, 20, 100-103 untagged"
std::string to_string(const Vlans&);

} // namespace net
