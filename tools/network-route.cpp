#include "network_tool.h"
#include "xen/call/paths.h"
#include "xen/host/network_route.h"

namespace {

constexpr const char* summary =
    "Has the host forward for its guests, and answer for them on the network beyond";

constexpr const char* footer = R"(
Commands:
  start     switch forwarding on, and proxy ARP and neighbour discovery on the device
  stop      put back what start found
  status    show what there is

Words:
  netdev=NAME      the device that leads to the network beyond; default: eth0, or the one of the
                   default route; with stop: every device that was started

Examples:
  network-route start
  network-route start netdev=enp3s0
  network-route --dry-run stop

Exit status: 0 done, 1 failed (the host is as before), 2 used wrongly. See network-route(8).)";

} // namespace

int main(int argc, char** argv)
{
    return tool::network_main(
        argc, argv, "network-route", summary, footer, [](netlink::Kernel& kernel, const xen::Words&) {
            return std::make_unique<xen::NetworkRoute>(kernel, xen::paths::run);
        });
}
