// network-nat: lets the guests of vif-nat out under the host's own address.
#pragma once

#include "base/log.h"
#include "xen/call/config.h"
#include "xen/host/dhcp.h"
#include "xen/host/forwarding_service.h"

namespace xen {

// Where it works, and with what.
struct NatSurroundings {
    std::string run_folder;
    Configuration configuration = {};
    bool dhcp = false; // start tells a DHCP server of the guests' network; that there is none is an error
    std::string root = {}; // before the paths of a DHCP server's files
    std::string resolver = "/etc/resolv.conf";
};

// start again also takes in another configuration, and puts back a table that was flushed.
class NetworkNat final : public ForwardingService {
public:
    NetworkNat(net::Kernel& kernel, base::Log& log, NatSurroundings surroundings)
        : ForwardingService("network-nat", kernel, surroundings.run_folder)
        , around_(std::move(surroundings))
        , servers_(log, around_.root)
    { }

private:
    net::Plan steps_between(const Devices& before, const Devices& after) const override;
    void check() override;
    void finish(const Devices& after) override;
    std::string started_text(const Devices& after, const net::IfName& netdev) const override;
    void add_to(ServiceReport&, const Devices&) const override;

    net::nft::Table table_for(const Devices&) const;

    NatSurroundings around_;
    DhcpServers servers_;
    std::optional<DhcpServer> server_ = {};
};

} // namespace xen
