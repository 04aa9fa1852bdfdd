#include "vif_main.h"
#include "xen/vif/vif_bridge.h"

namespace {

constexpr const char* help = R"(Usage: vif-bridge [OPTION]... online|offline|add|remove [NAME=VALUE]...

Makes a guest's network interface a port of a bridge, and takes it off again.
Called by xl, xend or udev with the interface's place in Xenstore; see vif-bridge(8).

Commands:
  online, offline      for the vif of a guest (type_if=vif, the default)
  add, remove          for its emulated card (type_if=tap)

Words and variables (Xenstore counts before words, words before the environment):
  XENBUS_PATH=PATH     the back end's folder in Xenstore, such as backend/vif/5/0
  vif=NAME             the vif, such as vif5.0
  INTERFACE=NAME       the emulated card, such as vif5.0-emu
  bridge=NAME          the bridge; without it the only bridge of the host
  mtu=NUMBER           the MTU; without it the bridge's
  rate=RATE            how fast the guest may send, such as 100Mb/s
  vlan=LIST            the VLANs that the guest is in, such as 10 or 10p/20-29
  vifname=NAME         the name that the interface is given

Options:
  --no-xenstore        take everything from words and the environment
  --dry-run            print what would be done, in the words of ip(8), and do nothing
  --json               with --dry-run: print it as JSON
  --help, --version

Examples:
  vif-bridge online type_if=vif                     as xl calls it, with XENBUS_PATH and vif set
  vif-bridge --no-xenstore online vif=vif1.0 bridge=xenbr0 mtu=1500
  vif-bridge --no-xenstore --dry-run offline vif=vif1.0

Exit status: 0 done, 1 failed (the reason is in hotplug-error, in syslog and on stderr), 2 used wrongly.
)";

} // namespace

int main(int argc, char** argv)
{
    return vif_main(argc, argv, "vif-bridge", help, xen::plan_vif_bridge);
}
