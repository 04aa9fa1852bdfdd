// What may be routed to a guest, and what the host needs itself.
#pragma once

#include "net/ip_prefix.h"
#include "net/kernel.h"
#include "xen/call/invocation.h"

#include <vector>

namespace xen {

// Refuses words of ip= that are the host's or nobody's: the host's own traffic would go to the guest. The
// host's are its own addresses and its router, and whatever holds them, as the default route does; nobody's
// are multicast, loopback, broadcast and unspecified addresses.
void refuse_what_is_not_the_guests(
    const VifSettings&, const std::vector<net::IpPrefix>& words, const net::KernelView&);

} // namespace xen
