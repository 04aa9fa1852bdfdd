// The host's own rules in nftables that know a card.
#pragma once

#include "net/card_use.h"
#include "netlink/use/interface_names.h"

#include <vector>

namespace netlink {

// Of all families but netdev, whose chains belong to a card and stay with it. Rules are read once, sets only
// where a rule looks an interface up in them. None where there is no nftables. Throws SystemError.
std::vector<net::FirewallUse> nft_use(const Exchange&);

} // namespace netlink
