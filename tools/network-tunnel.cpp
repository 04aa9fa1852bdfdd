#include "tunnel_command.h"

#include "base/exit_status.h"
#include "base/process.h"

#include <cstdio>

namespace {

constexpr const char* summary =
    R"(Usage: network-tunnel [OPTION]... start|stop|status|run [NAME=VALUE]... [-- COMMAND...]

Virtual networks between guests and hosts, over multicast, TCP or UDP; wire-compatible with QEMU, libvirt and
user-mode-linux. See network-tunnel(8). The wire is not encrypted.

Commands:
  start      make the bridge and the tap, and start the relay as an unprivileged user
  stop       take all of it away
  status     what runs, with whom, and what it counted
  run        one relay in the foreground, without privileges, over a tap that exists (tap=NAME) or in a
             namespace of its own, where COMMAND is run

Words:
)";

constexpr const char* options = R"(
Options:
  --domain-xml FILE   start, stop: the tunnels of a libvirt domain, each <interface type='mcast|server|client|udp'>
  --tap NAME          run: the same as tap=NAME
  --socket PATH       run: answer status here; status: ask here
  --json              status, start and stop with --dry-run: print JSON
  --metrics           status: in the text format of Prometheus
  --without-relay     start: bridge and tap only; the service manager starts the relay
  --dry-run           start, stop: print what would be done, and do nothing
  --help, --version

Examples:
  network-tunnel start name=lab type=mcast address=230.0.0.1 port=5558 dev=eth0
  network-tunnel start name=hub type=server address=192.168.0.1 port=5558 allow=192.168.0.0/24
  network-tunnel run type=client address=192.168.0.1 port=5558 -- sh
  network-tunnel status --json

Exit status: 0 done, 1 failed, 2 used wrongly.
)";

} // namespace

int main(int argc, char** argv)
{
    base::begin_program();
    base::Log log("network-tunnel");
    const auto run = [&] {
        const auto line = CommandLine::parse(argc, argv);
        if (line.help)
            std::printf("%s%s%s", summary, tunnel::describe_keys().c_str(), options);
        else if (line.version)
            std::printf("network-tunnel %s\n", DOM0NET_VERSION);
        else
            return run_command(line);
        return base::done;
    };
    return base::exit_status_of(run, log);
}
