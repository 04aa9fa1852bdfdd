// What network-route and network-nat share: start, stop and status of a host's service to guests.
#pragma once

#include "netlink/kernel.h"
#include "xen/host/forwarding.h"

#include <functional>
#include <string>

namespace tool {

using Verb = std::function<std::string(const std::optional<net::IfName>& netdev, const xen::NetworkOptions&)>;

struct Verbs {
    Verb start;
    Verb stop;
    Verb status;
};

// Options and words in any order; the exit status is the program's.
int network_main(int argc, char** argv, const char* program, const char* summary, const char* footer,
    const std::function<Verbs(netlink::Kernel&, const xen::Words&)>& verbs_with);

} // namespace tool
