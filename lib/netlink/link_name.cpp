#include "netlink/link_name.h"

#include "base/error.h"

#include <net/if.h>

#include <array>
#include <cerrno>

namespace netlink {

std::optional<net::IfName> link_name(int index)
{
    std::array<char, IF_NAMESIZE> name{};
    if (::if_indextoname(static_cast<unsigned>(index), name.data()))
        return net::IfName::try_parse(name.data());
    if (errno == ENXIO || errno == ENODEV)
        return std::nullopt;
    throw base::SystemError(errno, "looking for the interface of index " + std::to_string(index));
}

} // namespace netlink
