// Lists that the kernel tells over any of its netlink protocols, read once as they are.
#pragma once

#include "netlink/message.h"

#include <functional>

namespace netlink {

// Hands each object to the handler. What changes meanwhile may be seen or not. Throws SystemError; `doing`
// begins its text.
void dump(int protocol, Message, const std::string& doing, const std::function<void(const nlmsghdr*)>&);

} // namespace netlink
