// network-nat: lets the guests of vif-nat out under the host's own address.
#pragma once

#include "base/log.h"
#include "xen/call/config.h"
#include "xen/host/forwarding.h"

namespace xen {

// Where it works, and with what.
struct NatSurroundings {
    std::string run_folder;
    Configuration configuration = {};
    std::string root = {}; // before the paths of a DHCP server's files
    std::string resolver = "/etc/resolv.conf";
};

// Each verb returns what there is to say. Each throws UsageError, or base::Error with the host as
// it was. Calls at the same time wait for each other.
class NetworkNat {
public:
    NetworkNat(net::Kernel& kernel, base::Log& log, NatSurroundings surroundings)
        : kernel_(kernel)
        , log_(log)
        , around_(std::move(surroundings))
        , record_(around_.run_folder)
    { }

    // Doing it again changes nothing, unless the configuration or a flushed table makes for a change.
    std::string start(const std::optional<net::IfName>& netdev, bool dhcp, const NetworkOptions&);

    // Puts back what start found, for the device or for all that were started.
    std::string stop(const std::optional<net::IfName>& netdev, const NetworkOptions&);

    std::string status(const NetworkOptions&);

private:
    net::Step table_for(
        const std::vector<net::IfName>& devices, const std::vector<net::IfName>& before) const;

    net::Kernel& kernel_;
    base::Log& log_;
    NatSurroundings around_;
    ForwardingRecord record_;
};

} // namespace xen
