#include "xen/vif/rate.h"

#include "base/error.h"
#include "net/rate.h"

namespace xen {

namespace {

using net::IfName;
using net::KernelView;
using net::Rate;

// What xenstore has is libxl's "<bytes>,<microseconds>"; people write "100Mb/s".
std::optional<Rate> rate_of(const std::string& text)
{
    return text.ends_with("/s") || text.find('@') != std::string::npos ? net::parse_rate(text)
                                                                       : net::parse_stored_rate(text);
}

std::optional<Rate> rate_to_guest(const VifSettings& settings, const std::optional<Rate>& from_guest)
{
    const auto& configured = settings.configuration().rate_to_guest;
    if (!from_guest || configured.kind == RateToGuest::Kind::off)
        return std::nullopt;
    return configured.kind == RateToGuest::Kind::same ? from_guest : configured.value;
}

std::optional<net::RateLimit> limit_of(const std::optional<Rate>& rate, unsigned mtu)
{
    return rate ? std::optional(net::RateLimit{*rate, net::bucket_for(*rate, mtu)}) : std::nullopt;
}

// The token bucket counts whole bytes.
bool same_rate(const std::optional<Rate>& one, const std::optional<Rate>& other)
{
    if (!one || !other)
        return one == other;
    return one->bits_per_second / 8 == other->bits_per_second / 8;
}

const std::string limiter_prefix = "ifb";

// The device through whose queue goes what the emulated card sends: "ifb5.0".
std::optional<IfName> ifb_of(const Invocation& call)
{
    if (!call.id)
        return std::nullopt;
    return IfName::try_parse(
        limiter_prefix + std::to_string(call.id->domain) + "." + std::to_string(call.id->device));
}

void plan_limit(net::Plan& plan, const IfName& device, const std::optional<Rate>& present,
    const std::optional<Rate>& wanted, unsigned mtu)
{
    if (!same_rate(present, wanted))
        plan.emplace_back(net::LimitSending{device, limit_of(wanted, mtu), limit_of(present, mtu)});
}

void plan_emulated_card(net::Plan& plan, const Invocation& call, const IfName& called,
    const std::optional<Rate>& wanted, unsigned mtu, const KernelView& kernel)
{
    const auto ifb = ifb_of(call);
    const bool exists = ifb && kernel.find_link(*ifb);
    if (!ifb || (!wanted && !exists))
        return;
    if (!wanted) {
        plan.emplace_back(net::RedirectArrivals{called, {}, *ifb});
        plan.emplace_back(net::DeleteLink{*ifb});
        return;
    }
    if (!exists)
        plan.emplace_back(net::CreateIfb{*ifb});
    plan_limit(plan, *ifb, exists ? kernel.sending_limit(*ifb) : std::nullopt, wanted, mtu);
    plan.emplace_back(net::RedirectArrivals{called, *ifb, {}}); // the card may be a new one
}

} // namespace

net::Plan plan_rate(const Invocation& call, const VifSettings& settings, const net::Link& device,
    const IfName& called, unsigned mtu, const KernelView& kernel)
{
    const auto from_guest = settings.get("rate", rate_of).value_or(std::nullopt);
    net::Plan plan;
    plan_limit(plan, called, kernel.sending_limit(device.name), rate_to_guest(settings, from_guest), mtu);
    if (call.type == InterfaceType::tap)
        plan_emulated_card(plan, call, called, from_guest, mtu, kernel);
    return plan;
}

net::Plan plan_rate_removal(const Invocation& call, const net::Link* device, const KernelView& kernel)
{
    net::Plan plan;
    if (device)
        plan_limit(plan, device->name, kernel.sending_limit(device->name), std::nullopt, device->mtu);
    const auto ifb = ifb_of(call);
    if (!ifb || call.type != InterfaceType::tap || !kernel.find_link(*ifb))
        return plan;
    if (device)
        plan.emplace_back(net::RedirectArrivals{device->name, {}, *ifb});
    plan.emplace_back(net::DeleteLink{*ifb});
    return plan;
}

std::optional<VifId> limiter_id_of(const std::string& name)
{
    return name.starts_with(limiter_prefix) ? vif_id_of("vif" + name.substr(limiter_prefix.size()))
                                            : std::nullopt;
}

} // namespace xen
