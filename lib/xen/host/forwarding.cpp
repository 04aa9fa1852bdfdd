#include "xen/host/forwarding.h"

#include "base/error.h"
#include "base/text.h"
#include "xen/host/gateway.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

namespace xen {

namespace {

using net::IfName;

const IfName& every_device()
{
    static const auto name = IfName::parse("all");
    return name;
}

} // namespace

std::vector<WantedSetting> forwarding(const net::KernelView& kernel)
{
    std::vector<WantedSetting> wanted{{every_device(), "ipv4/conf/forwarding", "1"}};
    for (const auto& route : kernel.default_routes())
        if (route.family() == AF_INET6 && route.head<rtmsg>().rtm_protocol == RTPROT_RA && route.device
            && kernel.sysctl(*route.device, "ipv6/conf/accept_ra") == "1")
            wanted.push_back({*route.device, "ipv6/conf/accept_ra", "2"});
    wanted.push_back({every_device(), "ipv6/conf/forwarding", "1"});
    return wanted;
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
