// What network-route and network-nat share: start, stop and status of a host's service to guests.
#pragma once

#include "netlink/kernel.h"
#include "xen/call/words.h"
#include "xen/host/forwarding_service.h"

#include <functional>
#include <memory>

namespace tool {

using MakeService =
    std::function<std::unique_ptr<xen::ForwardingService>(netlink::Kernel&, const xen::Words&)>;

// Options and words in any order; the exit status is the program's.
int network_main(
    int argc, char** argv, const char* program, const char* summary, const char* footer, const MakeService&);

} // namespace tool
