#include "xen/vif/device.h"

#include "base/error.h"

namespace xen {

namespace {

using net::IfName;
using net::KernelView;
using net::Link;

// What netback calls its device on Xen's bus.
std::string bus_name(const VifId& id)
{
    return "vif-" + std::to_string(id.domain) + "-" + std::to_string(id.device);
}

std::optional<Link> find_own(const Invocation& call, const IfName& name, const KernelView& kernel)
{
    auto link = kernel.find_link(name);
    return link && is_device_of(call, *link) ? link : std::nullopt;
}

// By the names that it may have: the kernel's, the caller's, the configuration's.
std::optional<Link> find_by_name(const Invocation& call, const IfName& wanted, const KernelView& kernel)
{
    if (auto link = find_own(call, call.device, kernel))
        return link;
    if (call.called != call.device)
        if (auto link = find_own(call, call.called, kernel))
            return link;
    if (wanted != call.device && wanted != call.called)
        return find_own(call, wanted, kernel);
    return std::nullopt;
}

std::optional<Link> find_on_record(const Invocation& call, const KernelView& kernel)
{
    const auto filter = kernel.find_filter(call.device);
    auto link = filter ? kernel.find_link(filter->link) : std::nullopt;
    return link && is_device_of(call, *link) ? link : std::nullopt;
}

[[noreturn]] void refuse_stranger(const Invocation& call, const Link& stranger)
{
    throw base::Error(stranger.name.str() + " is not the interface of this guest, which is "
        + call.device.str() + " for the kernel: nothing shows that it is, so it is left alone");
}

} // namespace

bool is_device_of(const Invocation& call, const Link& link)
{
    const bool is_vif = call.type == InterfaceType::vif;
    if (is_vif && call.id && link.parent.starts_with("vif-"))
        return link.parent == bus_name(*call.id);
    if (vif_id_of(link.alias)) // another guest's vifname may be the name of this one
        return link.alias == call.device.str();
    return link.name == call.device;
}

VifDevice await_device(const Invocation& call, const IfName& wanted, const KernelView& kernel)
{
    if (auto link = wanted != call.device ? find_own(call, wanted, kernel) : std::nullopt)
        return {*std::move(link), wanted, call.device};
    auto link = find_device(call, call.device, kernel);
    if (wanted != call.device && kernel.find_device(wanted))
        throw base::Error("Cannot rename interface " + call.device.str() + ". An interface with name "
            + wanted.str() + " already exists.");
    if (!link && call.called != call.device)
        if (const auto stranger = kernel.find_link(call.called))
            refuse_stranger(call, *stranger);
    if (!link)
        link = kernel.await_link(call.device, patience_for_device);
    if (!link)
        throw base::Error("The interface " + call.device.str() + " does not exist and did not appear within "
            + std::to_string(patience_for_device.count()) + " seconds");
    if (!is_device_of(call, *link))
        refuse_stranger(call, *link);
    return {*std::move(link), wanted, call.device};
}

std::optional<Link> find_device(const Invocation& call, const IfName& wanted, const KernelView& kernel)
{
    if (auto link = find_by_name(call, wanted, kernel))
        return link;
    return find_on_record(call, kernel);
}

net::Plan plan_disconnection(const Link& link, const KernelView& kernel)
{
    net::Plan plan;
    if (link.up)
        plan.emplace_back(net::ChangeLink{link.name, {.up = false}, {}});
    const auto master = link.master ? kernel.find_link(*link.master) : std::nullopt;
    if (master && master->is_bridge())
        plan.emplace_back(net::ChangeLink{link.name, {.master = std::optional<IfName>()}, {}});
    return plan;
}

net::Plan plan_rename(const VifDevice& device)
{
    if (!device.needs_rename())
        return {};
    return {net::ChangeLink{device.link.name, {.alias = device.known_as.str()}, {.alias = device.link.alias}},
        net::RenameLink{device.link.name, device.wanted}};
}

} // namespace xen
