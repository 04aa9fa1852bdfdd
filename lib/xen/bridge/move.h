// The plans by which a bridge takes the place of a network card, and by which it gives it back.
//
// Both are so ordered that no frame is lost but what the kernel itself drops in the microseconds
// in which a port joins or leaves a bridge, and both may be interrupted anywhere: the way back
// starts from whatever it finds.
//
// I1  The card is never taken down.
// I2  Every address is on the card or on the bridge, or on both, at any time.
// I3  A route stands on the new device before it goes from the old one.
// I4  While the card is a port and routes are on both devices, the reverse-path filter of both is
//     loose (2): strict, it would drop what arrives on one and would be answered by the other.
#pragma once

#include "net/plan.h"
#include "xen/bridge/device_state.h"

namespace xen {

// A bridge, its card, and the pair of interfaces that holds the bridge's carrier while the card is
// not yet its port.
struct BridgePair {
    net::IfName netdev; // the card's own name
    net::IfName port; // its name while it is a port; differs where the bridge takes the card's name
    net::IfName bridge;
    net::IfName holder;
    net::IfName holder_peer;
    net::IfName aside; // the bridge's name while the card takes its own back

    bool operator==(const BridgePair&) const = default;
};

// For bridge = netdev the port is called p<netdev>. Throws UsageError if that name is too long.
BridgePair pair_of(const net::IfName& netdev, const net::IfName& bridge, int netdev_index);

// The bridge does not exist and the card is no port; `state` is the card's.
net::Plan plan_move(const BridgePair&, const DeviceState& state, const net::KernelView&);

// The card gets all of `wanted` (in the card's own name) as far as it lacks it; bridge and holder
// are deleted as far as they exist.
net::Plan plan_return(const BridgePair&, const DeviceState& wanted, const net::KernelView&);

} // namespace xen
