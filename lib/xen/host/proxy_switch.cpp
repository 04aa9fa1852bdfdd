#include "xen/host/proxy_switch.h"

#include "net/make_entry.h"
#include "xen/host/forwarding.h"

#include <sys/socket.h>

#include <algorithm>

namespace xen {

namespace {

constexpr const char* program = "vif-route";

} // namespace

std::vector<net::Entry> proxy_neighbours(const net::KernelView& kernel, const net::IfName& device)
{
    if (!kernel.find_link(device))
        return {};
    auto found = kernel.entries(net::Table::neighbours, device);
    std::erase_if(
        found, [](const net::Entry& each) { return !net::is_proxy(each) || each.family() != AF_INET6; });
    return found;
}

std::string ProxySwitch::user() const
{
    return std::string(program) + " " + device_.str();
}

bool ProxySwitch::is_on(const net::KernelView& kernel) const
{
    return std::ranges::all_of(neighbour_proxying(device_), [&](const WantedSetting& each) {
        return kernel.sysctl(each.device, each.key).value_or(each.value) == each.value;
    });
}

void ProxySwitch::note(const net::KernelView& kernel) const
{
    if (is_on(kernel))
        return;
    const ForwardingRecord record(folder_);
    const auto lock = record.lock();
    write_kept_settings(
        folder_, plan_taking(record.read(), user(), neighbour_proxying(device_), kernel).kept);
}

void ProxySwitch::keep_on(net::Kernel& kernel) const
{
    if (is_on(kernel))
        return;
    const ForwardingRecord record(folder_);
    const auto lock = record.lock();
    record.go_up(plan_taking(record.read(), user(), neighbour_proxying(device_), kernel), kernel);
}

void ProxySwitch::let_go(net::Kernel& kernel) const
{
    const ForwardingRecord record(folder_);
    if (!proxy_neighbours(kernel, device_).empty() || users_of(record.read(), user()).empty())
        return;
    const auto lock = record.lock();
    record.go_down(plan_leaving(record.read(), user(), kernel), kernel);
    if (!proxy_neighbours(kernel, device_).empty())
        record.go_up(plan_taking(record.read(), user(), neighbour_proxying(device_), kernel), kernel);
}

void let_go_of_unused_proxies(const std::string& folder, net::Kernel& kernel)
{
    for (const auto& device : devices_of(read_kept_settings(folder), program))
        ProxySwitch(folder, device).let_go(kernel);
}

} // namespace xen
