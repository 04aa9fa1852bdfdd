#include "base/error.h"
#include "base/text.h"
#include "network_tool.h"
#include "xen/call/paths.h"
#include "xen/host/network_nat.h"

namespace {

constexpr const char* summary = "Lets guests out under the host's own address, in IPv4 and IPv6";

constexpr const char* footer = R"(
Commands:
  start     switch forwarding on, masquerade what leaves by the device, forward ports to guests
  stop      put back what start found
  status    show what there is

Words:
  netdev=NAME      the device that leads to the network beyond; default: eth0, or the one of the
                   default route; with stop: every device that was started
  dhcp=yes|no      with start: tell ISC's dhcpd of the guests' network (default: no)

Examples:
  network-nat start
  network-nat start netdev=enp3s0 dhcp=yes
  network-nat --dry-run stop

Exit status: 0 done, 1 failed (the host is as before), 2 used wrongly. See network-nat(8).)";

bool wants_dhcp(const xen::Words& words)
{
    const auto word = words.find("dhcp").value_or("no");
    if (word != "yes" && word != "no" && !word.empty())
        throw base::UsageError("dhcp=" + base::quoted(word) + " is neither yes nor no");
    return word == "yes";
}

// A configuration with a mistake in it must not keep the host from being put back.
xen::Configuration configuration_for(const std::string& command, base::Log& log)
{
    try {
        return xen::read_configuration(xen::paths::configuration);
    } catch (const base::Error& error) {
        if (command != "stop")
            throw;
        log.error(std::string(error.what()) + ", ignoring");
        return {};
    }
}

} // namespace

int main(int argc, char** argv)
{
    base::Log log("network-nat");
    return tool::network_main(
        argc, argv, "network-nat", summary, footer, [&](netlink::Kernel& kernel, const xen::Words& words) {
            return std::make_unique<xen::NetworkNat>(kernel, log,
                xen::NatSurroundings{
                    xen::paths::run, configuration_for(words.command(), log), wants_dhcp(words)});
        });
}
