#include "xen/vif/device.h"

#include "base/error.h"

namespace xen {

namespace {

using net::IfName;
using net::KernelView;
using net::Link;

// The link of the wanted name if it is this vif, renamed by an earlier call.
std::optional<Link> renamed_device(const Invocation& call, const IfName& wanted, const KernelView& kernel)
{
    if (wanted == call.device)
        return std::nullopt;
    auto link = kernel.find_link(wanted);
    return link && link->alias == call.device.str() ? link : std::nullopt;
}

} // namespace

VifDevice await_device(const Invocation& call, const IfName& wanted, const KernelView& kernel)
{
    if (auto link = renamed_device(call, wanted, kernel))
        return {*std::move(link), wanted};
    auto link = kernel.find_link(call.device);
    if (wanted != call.device && kernel.find_device(wanted))
        throw base::Error("Cannot rename interface " + call.device.str() + ". An interface with name "
            + wanted.str() + " already exists.");
    if (!link)
        link = kernel.await_link(call.device, patience_for_device);
    if (!link)
        throw base::Error("The interface " + call.device.str() + " does not exist and did not appear within "
            + std::to_string(patience_for_device.count()) + " seconds");
    return {*std::move(link), wanted};
}

std::optional<Link> find_device(const Invocation& call, const IfName& wanted, const KernelView& kernel)
{
    if (auto link = kernel.find_link(call.device))
        return link;
    if (wanted == call.device)
        return std::nullopt;
    auto link = kernel.find_link(wanted);
    // Without an alias it may be one that Xen's own scripts renamed before we were installed.
    return link && (link->alias.empty() || link->alias == call.device.str()) ? link : std::nullopt;
}

net::Plan plan_rename(const VifDevice& device)
{
    if (!device.needs_rename())
        return {};
    return {
        net::ChangeLink{device.link.name, {.alias = device.link.name.str()}, {.alias = device.link.alias}},
        net::RenameLink{device.link.name, device.wanted}};
}

} // namespace xen
