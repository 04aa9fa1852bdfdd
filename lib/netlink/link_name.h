// What the link of an index is called now.
#pragma once

#include "net/types.h"

#include <optional>

namespace netlink {

// Nothing if there is no such link. Throws SystemError if nobody can tell (no descriptors, no memory).
std::optional<net::IfName> link_name(int index);

} // namespace netlink
