// bridge=BRIDGE[.TAG][:TRUNK[:TRUNK]...]: a bridge, and the VLANs of it that a guest is in.
#pragma once

#include "net/types.h"
#include "net/vlan.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace net {

// One way to read the setting.
struct BridgeReading {
    DeviceName bridge;
    Vlans vlans = {}; // the tag, which frames without one belong to, and the trunks; empty: nothing said

    bool operator==(const BridgeReading&) const = default;
};

// A bridge's name may have dots in it, so "br0.10" can be read in two ways: the bridge of exactly that name
// counts before VLAN 10 of br0.
struct BridgeWords {
    std::vector<BridgeReading> readings = {}; // what counts first comes first
    std::optional<std::string> tag_fault = {}; // why there is no second one, if there is a dot
};

// Throws UsageError.
BridgeWords parse_bridge_words(std::string_view text);

} // namespace net
