#include "xen/vif/filter.h"

#include "xen/vif/addresses.h"

#include <sys/socket.h>

namespace xen {

namespace {

using net::Filter;
using net::FilterPlace;
using net::IfName;
using net::KernelView;

constexpr net::IpPrefix any_link_local{{AF_INET6, {0xfe, 0x80}}, 64};

net::Mac needed_mac(const VifSettings& settings)
{
    if (const auto mac = mac_setting(settings))
        return *mac;
    refuse(*settings.find("ip"),
        "ip is set but mac is not: without it nobody "
        "can tell which frames are the guest's");
}

void add_lock(Filter& filter, const VifSettings& settings, const FilterOptions& options)
{
    auto addresses = ip_setting(settings);
    if (!addresses.empty()) {
        if (options.any_link_local)
            addresses.push_back(any_link_local);
        filter.mac = needed_mac(settings);
        filter.addresses = std::move(addresses);
    } else if (options.mac_lock) {
        filter.mac = mac_setting(settings);
    }
}

// What an earlier device of the same name had is none of this one's.
std::optional<Filter> present_filter(const IfName& owner, int link, const KernelView& kernel)
{
    auto filter = kernel.find_filter(owner);
    return filter && filter->link == link ? filter : std::nullopt;
}

net::Plan plan_installation(const Filter& filter, const KernelView& kernel)
{
    return {net::InstallFilter{filter, present_filter(filter.owner, filter.link, kernel)}};
}

net::Plan plan_removal(const IfName& owner, const KernelView& kernel)
{
    auto filter = kernel.find_filter(owner);
    if (!filter)
        return {};
    return {net::RemoveFilter{owner, std::move(filter)}};
}

bool is_there(const std::string& name, const KernelView& kernel)
{
    const auto device = IfName::try_parse(name);
    return device && kernel.find_link(*device);
}

// A guest with an emulated card sends by that or by its vif, as its drivers like: a station has only one
// port.
bool has_two_ports(const Invocation& call, const IfName& port, const KernelView& kernel)
{
    return call.type == InterfaceType::tap || is_there(call.device.str() + "-emu", kernel)
        || is_there(port.str() + "-emu", kernel);
}

} // namespace

FilterOptions filter_options(const VifSettings& settings)
{
    const auto& wanted = settings.configuration();
    return {.mac_lock = wanted.mac_lock, .any_link_local = wanted.any_link_local};
}

net::Plan plan_filter(const Invocation& call, const VifSettings& settings, const net::Link& device,
    const std::optional<IfName>& bridge, const FilterOptions& options, const KernelView& kernel)
{
    const auto guard = bridge ? kernel.find_filter(*bridge) : std::nullopt;
    Filter filter{.owner = call.device,
        .link = device.index,
        .place = bridge ? FilterPlace::bridged : FilterPlace::routed,
        .admitted = guard.has_value()};
    if (guard && call.type == InterfaceType::vif) // which stands for the emulated card, too
        filter.uplink = guard->link;
    add_lock(filter, settings, options);
    if (!filter.admitted && !filter.mac)
        return plan_removal(call.device, kernel);
    return plan_installation(filter, kernel);
}

net::Plan plan_port_protection(
    const Invocation& call, const VifSettings& settings, const IfName& port, const KernelView& kernel)
{
    const auto& wanted = settings.configuration();
    net::PortSettings to{.guarded = wanted.guard_ports, .isolated = wanted.isolate_guests};
    if (wanted.pin_mac && !has_two_ports(call, port, kernel))
        to.station = mac_setting(settings);
    to.learning = !to.station;
    to.locked = to.station.has_value();
    if (to == net::PortSettings{})
        return {};
    return {net::ChangePort{port, to, {}}};
}

net::Plan plan_filter_removal(const Invocation& call, const KernelView& kernel)
{
    return plan_removal(call.device, kernel);
}

net::Plan plan_filter_removal_of_gone(const Invocation& call, const KernelView& kernel)
{
    const auto filter = kernel.find_filter(call.device);
    const auto link = filter ? kernel.find_link(filter->link) : std::nullopt;
    return link && link->up ? net::Plan() : plan_filter_removal(call, kernel);
}

net::Plan plan_guard(const IfName& bridge, const net::Link& card, const KernelView& kernel)
{
    return plan_installation(
        {.owner = bridge, .link = card.index, .place = FilterPlace::uplink, .admitted = true}, kernel);
}

net::Plan plan_guard_removal(const IfName& bridge, const KernelView& kernel)
{
    return plan_removal(bridge, kernel);
}

net::Plan plan_filter_collection(const KernelView& kernel)
{
    net::Plan plan;
    for (const auto& [filter, link] : kernel.filters())
        if (!link && !kernel.find_link(filter.owner)) // one of that name may be on its way up
            plan.emplace_back(net::RemoveFilter{filter.owner, filter});
    return plan;
}

} // namespace xen
