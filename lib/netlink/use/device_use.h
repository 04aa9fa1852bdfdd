// What is put upon a device: other devices, queues, filters and programs.
#pragma once

#include "net/card_use.h"

#include <string>
#include <vector>

namespace netlink {

// The devices that take all that the device receives, so that no bridge can. Throws SystemError, as all of
// these.
std::vector<net::Holder> holders(int index);

// Whether an XDP program sees what the device receives before all others.
bool has_xdp(int index);

// The kinds of the queues that somebody gave it.
std::vector<std::string> queues(int index);

// tc's filters: where, and of which kind.
std::vector<std::string> filters(int index);

} // namespace netlink
