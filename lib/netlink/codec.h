// Links and entries to and from rtnetlink's bytes.
#pragma once

#include "net/entry.h"
#include "net/types.h"
#include "netlink/message.h"

#include <functional>
#include <optional>

namespace netlink {

// RTM_NEWLINK to a Link; nothing if it has no name or one that we would not take.
std::optional<net::Link> decode_link(const nlmsghdr*);

// Turns the device indexes of a message into names. May throw.
using NameOf = std::function<std::optional<net::IfName>(int index)>;
using IndexOf = std::function<int(const net::IfName&)>;

// RTM_NEWADDR, RTM_NEWROUTE, ... to an Entry; nothing if a device in it cannot be named any more.
std::optional<net::Entry> decode_entry(net::Table, const nlmsghdr*, const NameOf&);

// The entry into a message that has no content yet.
void encode_entry(Message&, const net::Entry&, const IndexOf&);

// The file of a device's setting: "ipv4/conf/rp_filter" of eth0 is /proc/sys/net/ipv4/conf/eth0/rp_filter.
std::string sysctl_path(const net::IfName& device, const std::string& key);

} // namespace netlink
