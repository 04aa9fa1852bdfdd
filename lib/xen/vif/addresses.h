// What a guest's settings say of its addresses.
#pragma once

#include "net/ip_prefix.h"
#include "xen/call/invocation.h"

#include <optional>
#include <vector>

namespace xen {

// The words of `ip`, host bits and all; none if there is no such setting. Refuses what is none.
std::vector<net::IpPrefix> ip_setting(const VifSettings&);

// The guest's own `mac`; nothing if there is no such setting. Refuses what is none, and a
// multicast address, which no interface can have.
std::optional<net::Mac> mac_setting(const VifSettings&);

} // namespace xen
