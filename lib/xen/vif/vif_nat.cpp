#include "xen/vif/vif_nat.h"

#include "base/error.h"
#include "base/text.h"
#include "net/nft/nat_table.h"
#include "xen/vif/addresses.h"
#include "xen/vif/device.h"
#include "xen/vif/dhcp_effect.h"
#include "xen/vif/guest_addresses.h"
#include "xen/vif/nat_addresses.h"
#include "xen/vif/routed.h"

#include <algorithm>
#include <limits>

namespace xen {

namespace {

using net::IpPrefix;
using net::KernelView;

unsigned parse_unsigned(const std::string& text)
{
    if (const auto number = base::parse_number(text, std::numeric_limits<unsigned>::max()))
        return static_cast<unsigned>(*number);
    throw base::UsageError(base::quoted(text) + " is not a number");
}

unsigned needed_number(const VifSettings& settings, const std::string& key)
{
    if (const auto number = settings.get(key, parse_unsigned))
        return *number;
    throw base::Error(
        "vif-nat needs " + key + ", from which it makes the guest's address, and xenstore has none");
}

// What the toolstack says counts; without it the interface's name tells.
VifId needed_id(const Invocation& call, const VifSettings& settings)
{
    if (!call.xenbus_path.empty() || settings.find("frontend-id"))
        return {needed_number(settings, "frontend-id"), needed_number(settings, "handle")};
    if (!call.id)
        throw base::UsageError("vif=" + call.device.str()
            + " does not tell which guest it is, as vif5.0 does: give frontend-id= and handle=");
    return *call.id;
}

IpPrefix host(const net::IpAddress& address)
{
    return {address, net::address_bits(address.family)};
}

std::vector<IpPrefix> default_guest(
    const VifId& id, const Invocation& call, const VifSettings& settings, const KernelView& kernel)
{
    std::vector<IpPrefix> guest{host(default_nat_address(id))};
    const auto device = await_device(call, wanted_name(call, settings), kernel);
    if (has_ipv6(kernel, device.link.name))
        guest.push_back(host(default_nat_ipv6_address(id)));
    return guest;
}

// The address by which the guest finds dom0; nothing for a guest with IPv6 only.
std::optional<net::IpAddress> main_guest_address(const std::vector<IpPrefix>& guest)
{
    const auto found = std::ranges::find_if(guest, &IpPrefix::is_v4);
    return found == guest.end() ? std::nullopt : std::optional(found->address);
}

RoutedSides sides_of(std::vector<IpPrefix> guest)
{
    RoutedSides sides{.guest = std::move(guest), .group = net::nat_group};
    if (const auto address = main_guest_address(sides.guest))
        sides.own.push_back(nat_router(*address));
    if (std::ranges::any_of(sides.guest, [](const IpPrefix& each) { return !each.is_v4(); }))
        sides.own.push_back(ipv6_gateway);
    return sides;
}

// The word before the configuration, the configuration before the environment.
DhcpWish dhcp_wish(const VifSettings& settings)
{
    const auto configured = settings.configuration().dhcp;
    auto word = settings.find_word("dhcp");
    if (!word && configured != DhcpChoice::automatic)
        return {configured, configured != DhcpChoice::off};
    if (const auto setting = word ? std::nullopt : settings.find("dhcp"))
        word = setting->text;
    if (!word || word->empty())
        return {};
    if (*word != "yes" && *word != "no")
        throw base::UsageError("dhcp " + base::quoted(*word) + " is neither yes nor no");
    if (*word == "no")
        return {DhcpChoice::off};
    return {configured == DhcpChoice::off ? DhcpChoice::automatic : configured, true};
}

net::Mac needed_mac(const VifSettings& settings)
{
    if (const auto mac = mac_setting(settings))
        return *mac;
    throw base::Error("the guest's MAC address is needed for DHCP, and there is no mac in xenstore: give it, "
                      "or say dhcp=no");
}

Effects dhcp_online(
    const VifId& id, const VifSettings& settings, const net::IfName& device, const RoutedSides& sides)
{
    Effects effects;
    const auto wish = dhcp_wish(settings);
    const auto address = main_guest_address(sides.guest);
    const bool has_mac = settings.find("mac").has_value();
    if (wish.choice == DhcpChoice::off || !address || (!wish.demanded && !has_mac))
        return effects;
    const DhcpHost host{device, nat_host_name(id), needed_mac(settings), *address, sides.own.front()};
    effects.push_back(std::make_unique<DhcpEntry>(host, wish));
    return effects;
}

// The variables of Xen's own vif-nat.
void tell_hooks(
    VifPlan& plan, const VifId& id, const VifSettings& settings, const std::optional<net::IpAddress>& guest)
{
    auto& variables = plan.hook_variables;
    variables["vifid"] = std::to_string(id.device + 1);
    variables["hostname"] = nat_host_name(id);
    variables["vif_ip"] = guest ? to_string(*guest) : "";
    variables["router_ip"] = guest ? to_string(nat_router(*guest)) : "";
    if (guest && !settings.find("ip"))
        variables["ip"] = to_string(*guest) + "/16";
}

VifPlan plan_online(const Invocation& call, const VifSettings& settings, const KernelView& kernel)
{
    const auto id = needed_id(call, settings);
    const auto words = ip_setting(settings);
    refuse_what_is_not_the_guests(settings, nat_guest(words), kernel);
    const auto sides = sides_of(words.empty() ? default_guest(id, call, settings, kernel) : nat_guest(words));
    auto plan = plan_routed_online(call, settings, kernel, sides);
    plan.effects = dhcp_online(id, settings, plan.device, sides);
    tell_hooks(plan, id, settings, main_guest_address(sides.guest));
    return plan;
}

// What the way up refused is told to no hook on the way down.
void tell_hooks_as_far_as_readable(VifPlan& plan, const VifId& id, const VifSettings& settings)
{
    try {
        const auto words = ip_setting(settings);
        const auto guest =
            words.empty() ? std::optional(default_nat_address(id)) : main_guest_address(nat_guest(words));
        tell_hooks(plan, id, settings, guest);
    } catch (const base::Error&) {
        return;
    }
}

bool dhcp_is_off(const VifSettings& settings)
{
    try {
        return dhcp_wish(settings).choice == DhcpChoice::off;
    } catch (const base::UsageError&) { // the way up refused it; best effort on the way down
        return false;
    }
}

VifPlan plan_offline(const Invocation& call, const VifSettings& settings, const KernelView& kernel)
{
    auto plan = plan_routed_offline(call, settings, kernel);
    if (call.id)
        tell_hooks_as_far_as_readable(plan, *call.id, settings);
    if (dhcp_is_off(settings))
        return plan;
    // The emulated card comes and goes while the guest lives.
    const bool guest_goes = call.type == InterfaceType::vif && call.id;
    plan.effects.push_back(
        std::make_unique<DhcpRemoval>(plan.device, guest_goes ? nat_host_name(*call.id) : std::string()));
    return plan;
}

} // namespace

VifPlan plan_vif_nat(const Invocation& call, const VifSettings& settings, const KernelView& kernel)
{
    return call.going_up() ? plan_online(call, settings, kernel) : plan_offline(call, settings, kernel);
}

} // namespace xen
