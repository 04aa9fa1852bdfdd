#include "xen/vif/routed.h"

#include "base/error.h"
#include "net/make_entry.h"
#include "net/nft/nat_table.h"
#include "xen/vif/device.h"
#include "xen/vif/filter.h"
#include "xen/vif/mtu.h"
#include "xen/vif/rate.h"
#include "xen/vif/vlan.h"

#include <algorithm>
#include <iterator>

namespace xen {

namespace {

using net::Entry;
using net::IfName;
using net::IpAddress;
using net::IpPrefix;
using net::KernelView;
using net::Link;
using net::Table;

constexpr std::uint32_t metric_of_tap = 1;
constexpr std::uint32_t metric_of_vif = 2;

void append(net::Plan& plan, net::Plan more)
{
    plan.insert(plan.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<Entry> normalized_all(std::vector<Entry> entries)
{
    for (auto& entry : entries)
        entry = net::normalized(std::move(entry));
    return entries;
}

std::vector<Entry> present_addresses(const KernelView& kernel, const IfName& device)
{
    return normalized_all(kernel.entries(Table::addresses, device));
}

std::vector<Entry> own_routes(const KernelView& kernel, const IfName& device)
{
    auto found = normalized_all(kernel.entries(Table::routes, device));
    std::erase_if(found, [](const Entry& route) { return !net::is_own_route(route); });
    return found;
}

std::optional<IpAddress> source_for(const IpPrefix& to, const RoutedSides& sides)
{
    const auto found = std::ranges::find_if(sides.own,
        [&](const IpAddress& own) { return own.family == to.address.family && !net::is_link_local(own); });
    return found == sides.own.end() ? std::nullopt : std::optional(*found);
}

std::vector<Entry> wanted_addresses(const IfName& name, const RoutedSides& sides)
{
    std::vector<Entry> wanted;
    for (const auto& own : sides.own)
        wanted.push_back(net::host_address(name, own));
    return wanted;
}

std::vector<Entry> wanted_routes(const IfName& name, const Invocation& call, const RoutedSides& sides)
{
    const auto metric = call.type == InterfaceType::tap ? metric_of_tap : metric_of_vif;
    std::vector<Entry> wanted;
    for (const auto& guest : sides.guest) {
        auto route = net::device_route(name, guest, metric, source_for(guest, sides));
        if (std::ranges::find(wanted, route) == wanted.end())
            wanted.push_back(std::move(route));
    }
    return wanted;
}

bool is_among(const Entry& entry, const std::vector<Entry>& others)
{
    return std::ranges::any_of(others, [&](const Entry& other) { return net::says_the_same(entry, other); });
}

void plan_removal(net::Plan& plan, const std::vector<Entry>& present, const std::vector<Entry>& wanted)
{
    for (const auto& entry : present)
        if (!is_among(entry, wanted))
            plan.emplace_back(net::RemoveEntry{entry});
}

void plan_addition(net::Plan& plan, const std::vector<Entry>& wanted, const std::vector<Entry>& present)
{
    for (const auto& entry : wanted)
        if (!is_among(entry, present))
            plan.emplace_back(net::AddEntry{entry});
}

bool any_ipv6(const RoutedSides& sides)
{
    return std::ranges::any_of(sides.guest, [](const IpPrefix& each) { return !each.is_v4(); });
}

constexpr const char* ipv6_switch = "ipv6/conf/disable_ipv6";

void check_ipv6(const KernelView& kernel, const Link& vif, const RoutedSides& sides)
{
    if (any_ipv6(sides) && !kernel.sysctl(vif.name, ipv6_switch))
        throw base::Error("this host's kernel runs without IPv6, so no IPv6 address can be routed to "
            + vif.name.str() + ": take the address out of ip, or boot without ipv6.disable=1");
}

// What the guest finds by itself on the link is what dom0 says there: an address of the kernel's own making
// would open every service of the host to it. To come before IPv6 is there, and before the link is up.
net::Plan plan_ipv6(const KernelView& kernel, const VifDevice& device, bool wanted)
{
    const auto& vif = device.link;
    net::Plan plan;
    if (vif.addr_gen_mode && *vif.addr_gen_mode != net::AddrGenMode::none)
        plan.emplace_back(net::ChangeLink{
            device.wanted, {.addr_gen_mode = net::AddrGenMode::none}, {.addr_gen_mode = vif.addr_gen_mode}});
    if (wanted) { // on hosts that have it only where it is needed
        plan_sysctl(plan, kernel, vif.name, device.wanted, ipv6_switch, "0");
        plan_sysctl(plan, kernel, vif.name, device.wanted, "ipv6/conf/proxy_ndp", "1");
    }
    return plan;
}

// The interface had IPv6 because of us if dom0's address there is ours, and new ones have none here.
void plan_ipv6_removal(
    net::Plan& plan, const KernelView& kernel, const IfName& device, const std::vector<Entry>& addresses)
{
    const bool ours = std::ranges::any_of(
        addresses, [](const Entry& each) { return net::local_address(each) == ipv6_gateway; });
    if (ours && kernel.sysctl(IfName::defaults(), ipv6_switch) == "1")
        plan_sysctl(plan, kernel, device, device, ipv6_switch, "1");
}

// Up, under its name, answering for others: what must be so before routes can lead there.
void plan_link(net::Plan& plan, const KernelView& kernel, const VifDevice& device, unsigned mtu,
    const RoutedSides& sides)
{
    const auto& vif = device.link;
    const bool goes_down = vif.up && device.needs_rename(); // kernels before 6.2 do not rename what is up
    if (goes_down)
        plan.emplace_back(net::ChangeLink{vif.name, {.up = false}, {.up = true}});
    for (auto& step : plan_rename(device))
        plan.push_back(std::move(step));
    plan_sysctl(plan, kernel, vif.name, device.wanted, "ipv4/conf/proxy_arp", "1");
    append(plan, plan_ipv6(kernel, device, any_ipv6(sides)));
    net::ChangeLink change{device.wanted, {}, {}};
    if (vif.mtu != mtu) {
        change.to.mtu = mtu;
        change.from.mtu = vif.mtu;
    }
    if (vif.group != sides.group) {
        change.to.group = sides.group;
        change.from.group = vif.group;
    }
    if (!vif.up || goes_down) {
        change.to.up = true;
        change.from.up = false;
    }
    if (change.to != net::LinkSettings{})
        plan.emplace_back(std::move(change));
}

void plan_link_removal(net::Plan& plan, const Link& link)
{
    net::ChangeLink change{link.name, {}, {}};
    if (link.group == net::nat_group || link.group == net::routed_group) {
        change.to.group = 0;
        change.from.group = link.group;
    }
    if (link.up) {
        change.to.up = false;
        change.from.up = true;
    }
    if (change.to != net::LinkSettings{})
        plan.emplace_back(std::move(change));
}

// What is still there when the link has been down for a moment, under its new name.
std::vector<Entry> surviving(std::vector<Entry> entries, const VifDevice& device)
{
    if (device.link.up && device.needs_rename())
        std::erase_if(entries,
            [](const Entry& entry) { return entry.table == Table::routes || entry.family() == AF_INET6; });
    for (auto& entry : entries)
        entry = renamed(std::move(entry), device.link.name, device.wanted);
    return entries;
}

} // namespace

bool has_ipv6(const KernelView& kernel, const IfName& device)
{
    return kernel.sysctl(device, "ipv6/conf/disable_ipv6") == "0";
}

VifPlan plan_routed_online(
    const Invocation& call, const VifSettings& settings, const KernelView& kernel, const RoutedSides& sides)
{
    refuse_vlan(settings, "the interface is routed to, and on no bridge; take vlan= out, or use vif-bridge");
    const auto device = await_device(call, wanted_name(call, settings), kernel);
    const auto& vif = device.link;
    check_ipv6(kernel, vif, sides);
    VifPlan plan{.device = device.wanted};
    plan.mtu = choose_mtu(settings, vif, vif.mtu, plan.remarks);
    plan.steps = plan_filter(call, settings, vif, std::nullopt, filter_options(settings), kernel);
    plan_link(plan.steps, kernel, device, *plan.mtu, sides);
    append(plan.steps, plan_rate(call, settings, vif, device.wanted, *plan.mtu, kernel));

    const auto addresses = surviving(present_addresses(kernel, vif.name), device);
    const auto routes = surviving(own_routes(kernel, vif.name), device);
    const auto own = wanted_addresses(device.wanted, sides);
    const auto guest = wanted_routes(device.wanted, call, sides);
    plan_removal(plan.steps, routes, guest);
    plan_removal(plan.steps, addresses, own);
    plan_addition(plan.steps, own, addresses);
    plan_addition(plan.steps, guest, routes);
    return plan;
}

VifPlan plan_routed_offline(const Invocation& call, const VifSettings& settings, const KernelView& kernel)
{
    const auto wanted = wanted_name(call, settings);
    const auto link = find_device(call, wanted, kernel);
    VifPlan plan{.device = link ? link->name : wanted};
    if (!link) {
        plan.steps = plan_rate_removal(call, nullptr, kernel);
        append(plan.steps, plan_filter_removal_of_gone(call, kernel));
        plan.remarks.push_back(wanted.str() + " is gone already");
        return plan;
    }
    plan_removal(plan.steps, own_routes(kernel, link->name), {});
    const auto addresses = present_addresses(kernel, link->name);
    plan_removal(plan.steps, addresses, {});
    plan_sysctl(plan.steps, kernel, link->name, link->name, "ipv4/conf/proxy_arp", "0");
    plan_sysctl(plan.steps, kernel, link->name, link->name, "ipv6/conf/proxy_ndp", "0");
    plan_link_removal(plan.steps, *link);
    plan_ipv6_removal(plan.steps, kernel, link->name, addresses);
    append(plan.steps, plan_rate_removal(call, &*link, kernel));
    append(plan.steps, plan_filter_removal(call, kernel));
    return plan;
}

void plan_sysctl(net::Plan& plan, const KernelView& kernel, const IfName& device, const IfName& called,
    const std::string& key, const std::string& value)
{
    const auto now = kernel.sysctl(device, key);
    if (now && *now != value)
        plan.emplace_back(net::SetSysctl{called, key, value, *now});
}

} // namespace xen
