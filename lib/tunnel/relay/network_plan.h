// What has to be there on this host for a tunnel, besides its relay: a bridge for the guests, and the port of
// the tunnel in it. Pure decisions; net::carry_out() does them.
#pragma once

#include "net/plan.h"
#include "tunnel/config/config.h"
#include "tunnel/relay/privileges.h"

namespace tunnel {

// Alternative names of interfaces become their own.
Config with_own_names(Config, const net::KernelView&);

// Throws Error or UsageError when the underlay is missing or would carry itself, or a name is taken by
// something else. What is there already is kept, so planning twice is planning once. `bridge_mac` is for a
// new bridge.
net::Plan plan_start(const Config&, const net::KernelView&, const User& owner, const net::Mac& bridge_mac);

// The bridge goes only if it is ours.
net::Plan plan_stop(const Config&, bool bridge_is_ours);

// A locally administered address that no other host has.
net::Mac random_mac();

} // namespace tunnel
