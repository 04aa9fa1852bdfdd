// Letting the host forward for its guests, for as long as network-route or network-nat want it.
#pragma once

#include "xen/call/words.h"
#include "xen/host/kept_settings.h"

#include <optional>
#include <string>
#include <vector>

namespace xen {

struct NetworkOptions {
    bool dry_run = false;
    bool json = false;
};

// Forwarding of both families. A host that forwards ignores router advertisements, so devices
// that have a default route from one are told to go on listening; devices that forward already are
// remembered, for they lose it when it is put back for all.
std::vector<WantedSetting> forwarding(const net::KernelView&);

// What the device lacks where others forward.
std::vector<WantedSetting> forwarding_of(const net::IfName& device, const net::KernelView&);

// Answering on the device for the guests behind the host, ARP as well as neighbour discovery. Linux looks at
// proxy_ndp of all devices, too, when a check of a neighbour comes by unicast (ip6_forward()).
std::vector<WantedSetting> proxying(const net::IfName& device);
std::vector<WantedSetting> neighbour_proxying(const net::IfName& device);

// One sentence, with the cure, for each family that the host's own rules keep it from forwarding.
std::vector<std::string> forwarding_warnings(const net::KernelView&);

// netdev=NAME of the command line; nothing if absent or empty. Throws UsageError.
std::optional<net::IfName> netdev_word(const Words&, const net::KernelView&);

// The device, as asked for or found; throws base::Error if it does not exist.
net::IfName needed_netdev(const std::optional<net::IfName>& asked, const net::KernelView&);

// The record of settings in a folder, and the lock that goes with it. A user is a program and a
// device: "network-nat eth0".
class ForwardingRecord {
public:
    explicit ForwardingRecord(const std::string& folder);

    KeptSettings read() const;

    // Writes the record, then carries the steps out. If that fails everything is as before.
    void go_up(const SettingsPlan&, net::Kernel&) const;

    // Carries out what can be, then writes the record. Throws base::Error with all that failed.
    void go_down(const SettingsPlan&, net::Kernel&) const;

    base::Lock lock() const { return records_.lock("forwarding"); }

private:
    std::string folder_;
    base::RecordFolder records_;
};

// The plan by which several users leave.
SettingsPlan plan_leaving_of(
    const KeptSettings&, const std::vector<std::string>& users, const net::KernelView&);

// The devices of a program's users: "network-nat eth0" is eth0.
std::vector<net::IfName> devices_of(const KeptSettings&, const std::string& program);

} // namespace xen
