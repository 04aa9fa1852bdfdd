#include "vif_main.h"
#include "xen/vif/vif_route.h"

namespace {

constexpr const char* help = R"(Usage: vif-route [OPTION]... online|offline|add|remove [NAME=VALUE]...

Routes to a guest: the guest's addresses lead to its interface, and dom0 answers for them on the
network beyond. Called by xl, xend or udev with the interface's place in Xenstore; see vif-route(8).

Commands:
  online, offline      for the vif of a guest (type_if=vif, the default)
  add, remove          for its emulated card (type_if=tap)

Words and variables (Xenstore counts before words, words before the environment):
  XENBUS_PATH=PATH     the back end's folder in Xenstore, such as backend/vif/5/0
  vif=NAME             the vif, such as vif5.0
  INTERFACE=NAME       the emulated card, such as vif5.0-emu
  ip=ADDRESSES         the guest's addresses and prefixes, IPv4 and IPv6, with blanks between
  netdev=NAME          the device whose address is the guest's gateway (in xl.cfg: gatewaydev);
                       without it eth0, else the device of the default route
  mtu=NUMBER           the MTU
  rate=RATE            how fast the guest may send, such as 100Mb/s
  vifname=NAME         the name that the interface is given

Options:
  --no-xenstore        take everything from words and the environment
  --dry-run            print what would be done, in the words of ip(8), and do nothing
  --json               with --dry-run: print it as JSON
  --help, --version

Examples:
  vif-route online type_if=vif                      as xl calls it, with XENBUS_PATH and vif set
  vif-route --no-xenstore online vif=vif1.0 ip='192.0.2.50 2001:db8::50' netdev=eth1
  vif-route --no-xenstore --dry-run offline vif=vif1.0 ip=192.0.2.50

Exit status: 0 done, 1 failed (the reason is in hotplug-error, in syslog and on stderr), 2 used wrongly.
)";

} // namespace

int main(int argc, char** argv)
{
    return vif_main(argc, argv, "vif-route", help, xen::plan_vif_route);
}
