// The sockets of a datagram wire. Multicast has two: one that listens to the group, and one that sends from a
// port of its own, so that our frames can be told from those of other members on this host.
#pragma once

#include "base/unique_fd.h"
#include "tunnel/config/config.h"

namespace tunnel {

// Connected to the group. The interface is `dev=`, or what the routing table says. Throws if there is none.
base::UniqueFd open_group_sender(const Config&);

// Joined on the interface with this index, deaf to `own`, and to groups that others joined elsewhere.
base::UniqueFd open_group_receiver(const Config&, unsigned index, const Endpoint& own);

// Leaves and joins, so that switches that forget without being asked hear of the membership again. False if
// the interface is away.
bool join_anew(int receiver, const Config&, unsigned index);

// type=udp: bound to our end and connected to the other, so that nobody else is heard.
base::UniqueFd open_pair_socket(const Config&);

// The interface that a connected socket sends through; 0 if it cannot be told.
unsigned outgoing_index(int fd);

// The MTU of the path of a connected socket; 0 if not known.
unsigned path_mtu(int fd, int family);

// Datagrams that the kernel did not put into the socket's queue: full, or filtered.
unsigned dropped_by_kernel(int fd);

} // namespace tunnel
