#include "xen/host/forwarding.h"

#include "base/error.h"
#include "base/text.h"
#include "xen/host/gateway.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

namespace xen {

using net::IfName;

namespace {

constexpr const char* forwarding_keys[] = {"ipv4/conf/forwarding", "ipv6/conf/forwarding"};

// To set it for all is to set it for each device, and so is to put it back.
void add_devices_that_forward(
    std::vector<WantedSetting>& wanted, const std::string& key, const net::KernelView& kernel)
{
    if (kernel.sysctl(IfName::all(), key) != "0")
        return;
    for (const auto& link : kernel.links())
        if (kernel.sysctl(link.name, key) == "1")
            wanted.push_back({link.name, key, "1"});
}

// On hosts that forward, but not from everywhere.
void add_device_that_does_not(std::vector<WantedSetting>& wanted, const std::string& key,
    const IfName& device, const net::KernelView& kernel)
{
    if (kernel.sysctl(IfName::all(), key) == "1" && kernel.sysctl(device, key) == "0")
        wanted.push_back({device, key, "1"});
}

// A host that forwards ignores router advertisements.
void add_listeners(std::vector<WantedSetting>& wanted, const net::KernelView& kernel)
{
    for (const auto& route : kernel.default_routes())
        if (route.family() == AF_INET6 && route.head<rtmsg>().rtm_protocol == RTPROT_RA && route.device
            && kernel.sysctl(*route.device, "ipv6/conf/accept_ra") == "1")
            wanted.push_back({*route.device, "ipv6/conf/accept_ra", "2"});
}

} // namespace

std::vector<WantedSetting> forwarding(const net::KernelView& kernel)
{
    std::vector<WantedSetting> wanted;
    add_listeners(wanted, kernel);
    for (const char* const key : forwarding_keys) {
        add_devices_that_forward(wanted, key, kernel);
        wanted.push_back({IfName::all(), key, "1"});
    }
    return wanted;
}

std::vector<WantedSetting> forwarding_of(const IfName& device, const net::KernelView& kernel)
{
    std::vector<WantedSetting> wanted;
    for (const char* const key : forwarding_keys)
        add_device_that_does_not(wanted, key, device, kernel);
    return wanted;
}

std::vector<WantedSetting> proxying(const IfName& device)
{
    auto wanted = neighbour_proxying(device);
    wanted.insert(wanted.begin(), {device, "ipv4/conf/proxy_arp", "1"});
    return wanted;
}

std::vector<WantedSetting> neighbour_proxying(const IfName& device)
{
    return {{device, "ipv6/conf/proxy_ndp", "1"}, {IfName::all(), "ipv6/conf/proxy_ndp", "1"}};
}

std::vector<std::string> forwarding_warnings(const net::KernelView& kernel)
{
    std::vector<std::string> warnings;
    for (const bool ipv4 : {true, false})
        if (kernel.drops_forwarded(ipv4 ? AF_INET : AF_INET6)) {
            const std::string command = std::string(ipv4 ? "iptables" : "ip6tables") + " -I FORWARD ";
            warnings.push_back(std::string(ipv4 ? "IPv4" : "IPv6")
                + " from and to guests is dropped by the host's FORWARD chain unless a rule there allows it, "
                  "as Docker sets it (policy DROP): allow it with \""
                + command + "-i vif+ -j ACCEPT\" and \"" + command + "-o vif+ -j ACCEPT\"");
        }
    return warnings;
}

std::optional<IfName> netdev_word(const Words& words, const net::KernelView& kernel)
{
    const auto text = words.find_word("netdev");
    if (!text || text->empty())
        return std::nullopt;
    return net::own_name(kernel, net::DeviceName::parse(*text));
}

IfName needed_netdev(const std::optional<IfName>& asked, const net::KernelView& kernel)
{
    const auto device = gateway_device(asked, kernel, AF_INET);
    if (!kernel.find_link(device))
        throw base::Error("the device " + device.str()
            + " does not exist: name the one that leads to the network with netdev=");
    return device;
}

ForwardingRecord::ForwardingRecord(const std::string& folder)
    : folder_(folder)
    , records_(settings_record(folder))
{ }

KeptSettings ForwardingRecord::read() const
{
    return read_kept_settings(folder_);
}

void ForwardingRecord::go_up(const SettingsPlan& plan, net::Kernel& kernel) const
{
    const auto before = read();
    write_kept_settings(folder_, plan.kept);
    try {
        net::carry_out(plan.steps, kernel);
    } catch (...) { // the steps are undone: nobody wants anything
        write_kept_settings(folder_, before);
        throw;
    }
}

void ForwardingRecord::go_down(const SettingsPlan& plan, net::Kernel& kernel) const
{
    const auto failures = net::carry_out_anyway(plan.steps, kernel);
    write_kept_settings(folder_, plan.kept);
    if (!failures.empty())
        throw base::Error(base::join(failures, "; "));
}

SettingsPlan plan_leaving_of(
    const KeptSettings& kept, const std::vector<std::string>& users, const net::KernelView& kernel)
{
    SettingsPlan plan{kept};
    for (const auto& user : users) {
        auto more = plan_leaving(std::move(plan.kept), user, kernel);
        plan.kept = std::move(more.kept);
        plan.steps.insert(plan.steps.end(), more.steps.begin(), more.steps.end());
    }
    return plan;
}

std::vector<IfName> devices_of(const KeptSettings& kept, const std::string& program)
{
    const auto prefix = program + " ";
    std::vector<IfName> devices;
    for (const auto& user : users_of(kept, prefix))
        devices.push_back(IfName::parse(user.substr(prefix.size())));
    return devices;
}

} // namespace xen
