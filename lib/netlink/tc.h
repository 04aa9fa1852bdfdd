// Queues: holding what a device sends, or what arrives at it, to a rate.
#pragma once

#include "net/step.h"
#include "netlink/route_socket.h"

#include <optional>

namespace netlink {

// An ifb, up. One that is there already is no error.
void create_ifb(RouteSocket&, const net::IfName&);

// A token bucket (tbf) in the place of the device's queue; without a limit, none.
void limit_sending(RouteSocket&, const net::IfName& device, int index, const std::optional<net::RateLimit>&);

// The rate of the token bucket that the device has for its queue.
std::optional<net::Rate> read_sending_limit(RouteSocket&, int index);

// What arrives at the device goes through the queue of the device `target`; 0: of none.
void redirect_arrivals(RouteSocket&, const net::IfName& device, int index, int target);

} // namespace netlink
