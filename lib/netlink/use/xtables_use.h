// The host's own rules in iptables, ip6tables and arptables of the older kind, which nftables does not know.
#pragma once

#include "net/card_use.h"
#include "netlink/use/interface_names.h"

#include <vector>

namespace netlink {

// Tables that nobody has used yet are not made by looking. None where the kernel has no such tables. Throws
// SystemError.
std::vector<net::FirewallUse> xtables_use(const Exchange&);

} // namespace netlink
