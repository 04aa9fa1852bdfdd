// What network-route and network-nat have in common: the host forwards for its guests as long as a device is
// started.
#pragma once

#include "xen/host/forwarding.h"

namespace xen {

struct ServiceReport;

// Each verb returns what there is to say. Each throws UsageError, or base::Error with the host as
// it was. Calls at the same time wait for each other.
class ForwardingService {
public:
    using Devices = std::vector<net::IfName>;

    ForwardingService(std::string program, net::Kernel& kernel, const std::string& run_folder)
        : program_(std::move(program))
        , kernel_(kernel)
        , record_(run_folder)
    { }
    virtual ~ForwardingService() = default;

    // Doing it again changes nothing but what somebody else has changed since.
    std::string start(const std::optional<net::IfName>& netdev, const NetworkOptions&);

    // Puts back what start found, for the device or for all that were started.
    std::string stop(const std::optional<net::IfName>& netdev, const NetworkOptions&);

    std::string status(const NetworkOptions&) const;

protected:
    const net::Kernel& kernel() const { return kernel_; }

private:
    // What a service adds to forwarding: settings for a device; steps by which the devices that it is started
    // for become others; and what it does when that is done.
    virtual std::vector<WantedSetting> settings_for(const net::IfName&) const { return {}; }
    virtual net::Plan steps_between(const Devices& before, const Devices& after) const = 0;
    virtual void check() { }
    virtual void finish(const Devices& after) = 0;
    virtual std::string started_text(const Devices& after, const net::IfName& netdev) const = 0;
    virtual void add_to(ServiceReport&, const Devices&) const = 0;

    std::string user_of(const net::IfName& netdev) const { return program_ + " " + netdev.str(); }
    std::string not_started(const std::optional<net::IfName>& netdev) const;

    std::string program_;
    net::Kernel& kernel_;
    ForwardingRecord record_;
};

} // namespace xen
