#include "tunnel/relay/network_plan.h"

#include "base/error.h"

#include <random>

namespace tunnel {

namespace {

constexpr unsigned standard_mtu = 1500; // what QEMU's and user-mode-linux's guests have
constexpr unsigned vxlan_overhead = 50; // Ethernet, IPv4, UDP and VXLAN headers

// The underlay, if one is named. Its packets must not come out where they go in.
std::optional<net::Link> check_underlay(const Config& config, const net::KernelView& kernel)
{
    if (!config.device)
        return std::nullopt;
    const auto word = "dev=" + config.device->str();
    const auto link = kernel.find_device(*config.device);
    if (!link)
        throw base::Error(word + ": there is no such interface");
    const auto bridge = kernel.find_link(config.bridge_name());
    if (bridge && link->master == bridge->index)
        throw base::UsageError(word + " is a port of the tunnel's own bridge " + bridge->name.str()
            + ": its packets would run in a circle");
    return link;
}

unsigned choose_mtu(const Config& config, const std::optional<net::Link>& underlay)
{
    if (config.mtu)
        return *config.mtu;
    return config.type == Type::vxlan && underlay ? underlay->mtu - vxlan_overhead : standard_mtu;
}

net::Step create_port(const Config& config, const User& owner, const std::optional<net::Link>& underlay)
{
    if (config.has_relay())
        return net::CreateTap{config.tap_name(), owner.name, owner.uid};
    return net::CreateVxlan{config.tap_name(), underlay->name, config.remote.address, config.id,
        config.remote.port, static_cast<std::uint8_t>(config.ttl)};
}

// Without an address the host has no part in the network of the guests, and sends nothing into it.
void plan_silence(net::Plan& plan, const net::IfName& link, const net::KernelView& kernel)
{
    const std::string key = "ipv6/conf/disable_ipv6";
    if (kernel.sysctls(net::IfName::defaults()).contains(key)) // else the kernel has no IPv6
        plan.push_back(net::SetSysctl{link, key, "1", "0"});
}

void plan_bridge(
    net::Plan& plan, const Config& config, const net::KernelView& kernel, unsigned mtu, net::Mac mac)
{
    const auto name = config.bridge_name();
    const auto existing = kernel.find_link(name);
    if (existing && !existing->is_bridge())
        throw base::Error("bridge=" + name.str() + " is an interface but no bridge: give another name");
    if (existing)
        return;
    plan.push_back(net::CreateBridge{name, mac, mtu});
    plan_silence(plan, name, kernel);
    // Snooping would let a guest's multicast and neighbour discovery depend on a querier that is not there.
    plan.push_back(net::ChangeLink{name, {.up = true, .multicast_snooping = false}, {}});
}

void plan_port(net::Plan& plan, const Config& config, const net::KernelView& kernel, unsigned mtu,
    const User& owner, const std::optional<net::Link>& underlay)
{
    const auto name = config.tap_name();
    const std::string kind = config.has_relay() ? "tun" : "vxlan";
    const auto existing = kernel.find_link(name);
    if (existing && existing->kind != kind)
        throw base::Error("tap=" + name.str() + " is an interface of another kind: give another name");
    if (!existing) {
        plan.push_back(create_port(config, owner, underlay));
        plan_silence(plan, name, kernel);
    }
    const net::LinkSettings settings{.mtu = mtu, .master = config.bridge_name(), .up = true};
    plan.push_back(net::ChangeLink{name, settings, {}});
}

} // namespace

Config with_own_names(Config config, const net::KernelView& kernel)
{
    if (config.device)
        config.device = net::own_name(kernel, *config.device);
    if (config.bridge)
        config.bridge = net::own_name(kernel, *config.bridge);
    return config;
}

net::Plan plan_start(
    const Config& config, const net::KernelView& kernel, const User& owner, const net::Mac& bridge_mac)
{
    const auto underlay = check_underlay(config, kernel);
    const auto mtu = choose_mtu(config, underlay);
    net::Plan plan;
    plan_bridge(plan, config, kernel, mtu, bridge_mac);
    plan_port(plan, config, kernel, mtu, owner, underlay);
    return plan;
}

net::Plan plan_stop(const Config& config, bool bridge_is_ours)
{
    net::Plan plan{net::DeleteLink{config.tap_name()}};
    if (bridge_is_ours)
        plan.push_back(net::DeleteLink{config.bridge_name()});
    return plan;
}

net::Mac random_mac()
{
    std::random_device random;
    net::Mac mac;
    for (auto& byte : mac.bytes)
        byte = static_cast<std::uint8_t>(random());
    mac.bytes[0] = static_cast<std::uint8_t>((mac.bytes[0] & 0xfc) | 0x02);
    return mac;
}

} // namespace tunnel
