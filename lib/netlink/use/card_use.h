// Looks for all who know a network card, in the network namespace of the calling process.
#pragma once

#include "net/card_use.h"

namespace netlink {

// Who knows the card and not the device that is to take its place under the name of `successor`. What cannot
// be looked at is said in `unknown`; what the kernel does not have is nobody's.
net::CardUse card_use(const net::Link& card, const net::IfName& successor);

} // namespace netlink
