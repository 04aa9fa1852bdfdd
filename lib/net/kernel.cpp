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

} // namespace net
