#include "ovs/database.h"
#include "vif_main.h"
#include "xen/vif/vif_openvswitch.h"

namespace {

constexpr const char* help = R"(Usage: vif-openvswitch [OPTION]... online|offline|add|remove [NAME=VALUE]...

Makes a guest's network interface a port of a bridge of Open vSwitch, and of OVN's logical network, and takes it
off again. Called by xl, xend or udev with the interface's place in Xenstore; see vif-openvswitch(8).

Commands:
  online, offline      for the vif of a guest (type_if=vif, the default)
  add, remove          for its emulated card (type_if=tap)

Words and variables (Xenstore counts before words, words before the environment):
  XENBUS_PATH=PATH     the back end's folder in Xenstore, such as backend/vif/5/0
  vif=NAME             the vif, such as vif5.0
  INTERFACE=NAME       the emulated card, such as vif5.0-emu
  bridge=NAME[.TAG][:TRUNK]...
                       the bridge, the VLAN of frames without a tag, and those of frames with one
  vlan=LIST            the VLANs otherwise, such as 10 or 10p/20-29
  mac=ADDRESS          the guest's MAC address
  iface-id=NAME        what OVN knows the interface by; iface-id-ver=VERSION goes with it
  mtu=NUMBER           the MTU; without it the bridge's
  rate=RATE            how fast the guest may send, such as 100Mb/s
  vifname=NAME         the name that the interface is given

Options:
  --no-xenstore        take everything from words and the environment
  --dry-run            print what would be done, in the words of ip(8) and ovs-vsctl(8), and do nothing
  --json               with --dry-run: print the changes to links as JSON
  --help, --version

Examples:
  vif-openvswitch online type_if=vif                as xl calls it, with XENBUS_PATH and vif set
  vif-openvswitch --no-xenstore online vif=vif1.0 bridge=ovsbr0.10:20:30
  vif-openvswitch --no-xenstore --dry-run offline vif=vif1.0

Exit status: 0 done, 1 failed (the reason is in hotplug-error, in syslog and on stderr), 2 used wrongly.
)";

xen::VifPlan plan(
    const xen::Invocation& call, const xen::VifSettings& settings, const net::KernelView& kernel)
{
    auto database = std::make_shared<ovs::Database>(settings.configuration().ovs_database);
    return xen::plan_vif_openvswitch(call, settings, kernel, std::move(database));
}

} // namespace

int main(int argc, char** argv)
{
    return vif_main(argc, argv, "vif-openvswitch", help, plan);
}
