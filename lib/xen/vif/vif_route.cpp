#include "xen/vif/vif_route.h"

#include "base/error.h"
#include "net/make_entry.h"
#include "net/nft/nat_table.h"
#include "xen/call/paths.h"
#include "xen/host/forwarding.h"
#include "xen/host/gateway.h"
#include "xen/host/proxy_switch.h"
#include "xen/vif/addresses.h"
#include "xen/vif/guest_addresses.h"
#include "xen/vif/routed.h"

#include <algorithm>

namespace xen {

namespace {

using net::Entry;
using net::IfName;
using net::IpAddress;
using net::IpPrefix;
using net::KernelView;

std::optional<IfName> asked_device(const VifSettings& settings, const KernelView& kernel)
{
    for (const char* const key : {"netdev", "gatewaydev"})
        if (const auto name = settings.get(key, net::DeviceName::parse))
            return net::own_name(kernel, *name);
    return std::nullopt;
}

// On the way down a name that cannot be is as good as none.
std::optional<IfName> asked_device_if_any(const VifSettings& settings, const KernelView& kernel)
{
    try {
        return asked_device(settings, kernel);
    } catch (const base::Error&) {
        return std::nullopt;
    }
}

IpAddress needed_address(const KernelView& kernel, const IfName& device)
{
    if (const auto address = main_address(kernel, device, AF_INET))
        return *address;
    const std::string fault = kernel.find_link(device) ? " has no IPv4 address" : " does not exist";
    throw base::Error("the gateway device " + device.str() + fault
        + ", so the guest's interface cannot take its address: set that device up, or name another with "
          "gatewaydev=");
}

bool needs_ipv4(const std::vector<IpPrefix>& guest)
{
    return guest.empty() || std::ranges::any_of(guest, &IpPrefix::is_v4);
}

std::vector<IpAddress> single_ipv6_addresses(const std::vector<IpPrefix>& guest)
{
    std::vector<IpAddress> found;
    for (const auto& each : guest)
        if (!each.is_v4() && each.is_host() && !net::is_link_local(each.address))
            found.push_back(each.address);
    return found;
}

// The gateway device is told to answer for guests while there is one.
class Proxying final : public Effect {
public:
    explicit Proxying(IfName gateway)
        : switch_(paths::run, std::move(gateway))
    { }
    void prepare(net::Kernel& kernel, base::Log&) override { switch_.note(kernel); }
    void apply(net::Kernel& kernel, base::Log&) override { switch_.keep_on(kernel); }
    void undo(net::Kernel&, base::Log&) override {
    } // the steps are undone after; the next to go lets go of it
    std::string to_string() const override { return ""; } // a part of the steps

private:
    ProxySwitch switch_;
};

class EndOfProxying final : public Effect {
public:
    explicit EndOfProxying(const IfName& gateway)
        : gateway_(gateway)
    { }
    void apply(net::Kernel& kernel, base::Log&) override { ProxySwitch(paths::run, gateway_).let_go(kernel); }
    void undo(net::Kernel&, base::Log&) override { }
    std::string to_string() const override
    {
        return "# proxy_ndp of " + gateway_.str()
            + ": what it was before the first guest, if this was the last\n";
    }

private:
    const IfName gateway_;
};

// The network beyond asks for an IPv6 address by its link-layer address, and dom0 answers for
// those that it is told of one by one.
void plan_proxies(
    VifPlan& plan, const KernelView& kernel, const IfName& gateway, const std::vector<IpAddress>& addresses)
{
    if (addresses.empty() || !kernel.find_link(gateway))
        return;
    for (const auto& each : neighbour_proxying(gateway))
        plan_sysctl(plan.steps, kernel, each.device, each.device, each.key, each.value);
    const auto present = proxy_neighbours(kernel, gateway);
    for (const auto& address : addresses) {
        const auto proxy = net::proxy_neighbour(gateway, address);
        if (std::ranges::none_of(present, [&](const Entry& each) { return same_identity(each, proxy); }))
            plan.steps.emplace_back(net::AddEntry{proxy});
    }
    plan.effects.push_back(std::make_unique<Proxying>(gateway));
}

// Another interface may have taken the address over: the guest's other card, or its next life.
bool is_routed_elsewhere(const KernelView& kernel, const IpAddress& address, const IfName& gateway,
    const std::vector<IfName>& ours)
{
    const auto device = kernel.device_towards(address);
    return device && device != gateway && std::ranges::find(ours, *device) == ours.end();
}

void plan_proxy_removal(VifPlan& plan, const KernelView& kernel, const IfName& gateway,
    const std::vector<IpAddress>& addresses, const std::vector<IfName>& ours)
{
    if (addresses.empty())
        return;
    const auto is_to_go = [&](const Entry& each) {
        return std::ranges::any_of(addresses, [&](const IpAddress& address) {
            return same_identity(each, net::proxy_neighbour(gateway, address))
                && !is_routed_elsewhere(kernel, address, gateway, ours);
        });
    };
    for (const auto& each : proxy_neighbours(kernel, gateway))
        if (is_to_go(each))
            plan.steps.emplace_back(net::RemoveEntry{net::normalized(each)});
    plan.effects.push_back(std::make_unique<EndOfProxying>(gateway));
}

// The variables of Xen's own vif-route.
void tell_hooks(VifPlan& plan, const Invocation& call, const std::optional<IpAddress>& main)
{
    plan.hook_variables["main_ip"] = main ? to_string(*main) : "";
    plan.hook_variables["metric"] = call.type == InterfaceType::tap ? "1" : "2";
    plan.hook_variables["ipcmd"] = call.going_up() ? "add" : "del";
    plan.hook_variables["cmdprefix"] = call.going_up() ? "" : "do_without_error";
}

VifPlan plan_online(const Invocation& call, const VifSettings& settings, const KernelView& kernel)
{
    RoutedSides sides{.guest = ip_setting(settings), .group = net::routed_group};
    refuse_what_is_not_the_guests(settings, sides.guest, kernel);
    const bool with_ipv4 = needs_ipv4(sides.guest);
    const auto gateway =
        gateway_device(asked_device(settings, kernel), kernel, with_ipv4 ? AF_INET : AF_INET6);
    if (with_ipv4)
        sides.own.push_back(needed_address(kernel, gateway));
    if (std::ranges::any_of(sides.guest, [](const IpPrefix& each) { return !each.is_v4(); })) {
        sides.own.push_back(ipv6_gateway);
        if (const auto address = main_address(kernel, gateway, AF_INET6))
            sides.own.push_back(*address);
    }
    auto plan = plan_routed_online(call, settings, kernel, sides);
    plan_proxies(plan, kernel, gateway, single_ipv6_addresses(sides.guest));
    tell_hooks(plan, call, with_ipv4 ? std::optional(sides.own.front()) : std::nullopt);
    return plan;
}

// Words that are no addresses have never been routed: they do not keep the rest from going.
std::vector<IpPrefix> addresses_as_far_as_readable(const VifSettings& settings)
{
    try {
        return ip_setting(settings);
    } catch (const base::Error&) { // the way up refused them; best effort on the way down
        return {};
    }
}

VifPlan plan_offline(const Invocation& call, const VifSettings& settings, const KernelView& kernel)
{
    auto plan = plan_routed_offline(call, settings, kernel);
    const auto addresses = single_ipv6_addresses(addresses_as_far_as_readable(settings));
    const auto asked = asked_device_if_any(settings, kernel);
    const auto gateway = gateway_device(asked, kernel, AF_INET);
    plan_proxy_removal(plan, kernel, gateway, addresses, {plan.device, call.device});
    if (const auto other = gateway_device(asked, kernel, AF_INET6); other != gateway)
        plan_proxy_removal(plan, kernel, other, addresses, {plan.device, call.device});
    tell_hooks(plan, call, main_address(kernel, gateway, AF_INET));
    return plan;
}

} // namespace

VifPlan plan_vif_route(const Invocation& call, const VifSettings& settings, const KernelView& kernel)
{
    return call.going_up() ? plan_online(call, settings, kernel) : plan_offline(call, settings, kernel);
}

} // namespace xen
