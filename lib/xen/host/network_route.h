// network-route: has the host forward, and answer for its guests on the network beyond.
#pragma once

#include "xen/host/forwarding.h"

namespace xen {

// Each verb returns what there is to say. Each throws UsageError, or base::Error with the host as
// it was. Calls at the same time wait for each other.
class NetworkRoute {
public:
    NetworkRoute(net::Kernel& kernel, const std::string& run_folder)
        : kernel_(kernel)
        , record_(run_folder)
    { }

    // Doing it again changes nothing.
    std::string start(const std::optional<net::IfName>& netdev, const NetworkOptions&);

    // Puts back what start found, for the device or for all that were started.
    std::string stop(const std::optional<net::IfName>& netdev, const NetworkOptions&);

    std::string status(const NetworkOptions&);

private:
    net::Kernel& kernel_;
    ForwardingRecord record_;
};

} // namespace xen
