// What Open vSwitch is told of whose a port is.
#pragma once

#include "ovs/switch.h"
#include "xen/call/invocation.h"

namespace xen {

// For the interface's external_ids: the guest's name, UUID and MAC address as Xen's and XAPI's scripts tell
// them, and what OVN knows the interface by: iface-id (the setting, else the configuration's template),
// iface-id-ver and vm-id. What is not known is left out. Throws base::Error if the store does not answer.
ovs::Ids external_ids(const Invocation&, const VifSettings&);

} // namespace xen
