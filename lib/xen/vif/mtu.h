// The MTU of a guest's interface.
#pragma once

#include "xen/call/invocation.h"

#include <vector>

namespace xen {

// What the setting `mtu` asks for, else `usual`. One in Xenstore that cannot be does not cost the
// guest its network: the interface keeps what it has, and a remark says so. Throws UsageError if a
// word or the environment asks for what cannot be.
unsigned choose_mtu(
    const VifSettings&, const net::Link& vif, unsigned usual, std::vector<std::string>& remarks);

} // namespace xen
