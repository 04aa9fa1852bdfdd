// Lists that the kernel tells over any of its netlink protocols, read once as they are.
#pragma once

#include "netlink/message.h"

#include <functional>

namespace netlink {

// Hands each object to the handler. What changes meanwhile may be seen or not. Throws SystemError; `doing`
// begins its text.
void dump(int protocol, Message, const std::string& doing, const std::function<void(const nlmsghdr*)>&);

// The attributes behind the message's fixed header of that size, padding included.
net::Attributes attributes_behind(const nlmsghdr*, std::size_t header);

// The attributes that another holds.
net::Attributes nested(const net::Attributes&, std::uint16_t type);

} // namespace netlink
