#include "vif_main.h"
#include "xen/vif/vif_nat.h"

namespace {

constexpr const char* help = R"(Usage: vif-nat [OPTION]... online|offline|add|remove [NAME=VALUE]...

Gives a guest an address that nobody has to hand out, and routes to it; network-nat(8) lets it out
under the host's address. Called by xl, xend or udev with the interface's place in Xenstore; see vif-nat(8).

Commands:
  online, offline      for the vif of a guest (type_if=vif, the default)
  add, remove          for its emulated card (type_if=tap)

Words and variables (Xenstore counts before words, words before the environment):
  XENBUS_PATH=PATH     the back end's folder in Xenstore, such as backend/vif/5/0
  vif=NAME             the vif, such as vif5.0
  INTERFACE=NAME       the emulated card, such as vif5.0-emu
  ip=ADDRESSES         the guest's addresses, with blanks between; without it 10.<domain / 256>.
                       <domain % 256>.<interface + 1>, and fd64:6f6d:3000:<domain>::<interface + 1>
  dhcp=yes|no          enter the guest into the host's DHCP server; without it, if there is one
  mac=ADDRESS          the guest's MAC address, for DHCP
  frontend-id=NUMBER   the guest's domain, and
  handle=NUMBER        its interface's number; without Xenstore the name of the vif tells
  mtu=NUMBER           the MTU
  rate=RATE            how fast the guest may send, such as 100Mb/s
  vifname=NAME         the name that the interface is given

Options:
  --no-xenstore        take everything from words and the environment
  --dry-run            print what would be done, in the words of ip(8), and do nothing
  --json               with --dry-run: print it as JSON
  --help, --version

Examples:
  vif-nat online type_if=vif                        as xl calls it, with XENBUS_PATH and vif set
  vif-nat --no-xenstore online vif=vif1.0 ip=10.1.1.5 dhcp=no
  vif-nat --no-xenstore --dry-run offline vif=vif1.0

Exit status: 0 done, 1 failed (the reason is in hotplug-error, in syslog and on stderr), 2 used wrongly.
)";

} // namespace

int main(int argc, char** argv)
{
    return vif_main(argc, argv, "vif-nat", help, xen::plan_vif_nat);
}
