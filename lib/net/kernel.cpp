#include "net/kernel.h"

#include "base/error.h"

#include <cerrno>

namespace net {

Link KernelView::link(const IfName& name) const
{
    if (auto found = find_link(name))
        return *std::move(found);
    throw base::SystemError(ENODEV, "looking at " + name.str());
}

IfName own_name(const KernelView& kernel, const DeviceName& name)
{
    if (const auto link = kernel.find_device(name))
        return link->name;
    if (name.is_alternative())
        throw base::Error("there is no interface " + name.str());
    return IfName::parse(name.str());
}

} // namespace net
