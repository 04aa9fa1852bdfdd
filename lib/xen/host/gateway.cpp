#include "xen/host/gateway.h"

#include "net/make_entry.h"

#include <algorithm>

namespace xen {

namespace {

using net::IfName;
using net::KernelView;

// The kernel tells the better routes first.
std::optional<IfName> device_of_default_route(const KernelView& kernel)
{
    for (const auto& route : kernel.default_routes())
        if (route.device)
            return route.device;
    return std::nullopt;
}

} // namespace

std::optional<net::IpAddress> main_address(const KernelView& kernel, const IfName& device, int family)
{
    if (!kernel.find_link(device))
        return std::nullopt;
    const auto addresses = kernel.entries(net::Table::addresses, device);
    const auto found = std::ranges::find_if(addresses,
        [&](const net::Entry& each) { return each.family() == family && net::is_main_address(each); });
    return found == addresses.end() ? std::nullopt : std::optional(net::local_address(*found));
}

IfName gateway_device(const std::optional<IfName>& asked, const KernelView& kernel, int family)
{
    if (asked)
        return *asked;
    const auto eth0 = IfName::parse("eth0");
    return main_address(kernel, eth0, family) ? eth0 : device_of_default_route(kernel).value_or(eth0);
}

} // namespace xen
