// network-route: has the host forward, and answer for its guests on the network beyond.
#pragma once

#include "xen/host/forwarding_service.h"

namespace xen {

class NetworkRoute final : public ForwardingService {
public:
    NetworkRoute(net::Kernel& kernel, const std::string& run_folder)
        : ForwardingService("network-route", kernel, run_folder)
    { }

private:
    std::vector<WantedSetting> settings_for(const net::IfName& netdev) const override;
    net::Plan steps_between(const Devices&, const Devices&) const override { return {}; }
    void finish(const Devices&) override { }
    std::string started_text(const Devices&, const net::IfName& netdev) const override;
    void add_to(ServiceReport&, const Devices&) const override;
};

} // namespace xen
