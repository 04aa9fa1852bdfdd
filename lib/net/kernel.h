// The one seam between decisions and the machine's network.
//
// Planners get a KernelView: they can look and cannot touch. Only Plan's carry_out() holds a
// Kernel. There is a real one (netlink/kernel.h) and a fake one (test/support/fake_kernel.h);
// the contract tests run the same cases against both.
#pragma once

#include "net/entry.h"
#include "net/nft/filter.h"
#include "net/step.h"
#include "net/types.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace net {

// The settings of one device under /proc/sys/net: "ipv4/conf/rp_filter" -> "1".
using Sysctls = std::map<std::string, std::string>;

// A filter, and what its interface is called now; nothing if that is gone.
struct InstalledFilter {
    Filter filter;
    std::optional<IfName> link = {};

    bool operator==(const InstalledFilter&) const = default;
};

// Where a packet to an address goes.
struct Way {
    std::optional<IfName> device = {}; // nothing if it goes nowhere
    std::optional<IpAddress> gateway = {};
    unsigned char type = 0; // RTN_UNICAST, RTN_LOCAL where the address is the host's own...

    bool operator==(const Way&) const = default;
};

class KernelView {
public:
    virtual ~KernelView() = default;

    virtual std::optional<Link> find_link(const IfName&) const = 0;

    // The link that has the name, as its own or as an alternative one. For names that people give.
    virtual std::optional<Link> find_device(const DeviceName&) const = 0;

    virtual std::optional<Link> find_link(int index) const = 0;

    // As find_link(), but waits up to `patience` for a link of that name to appear.
    virtual std::optional<Link> await_link(const IfName&, std::chrono::milliseconds patience) const = 0;

    virtual std::vector<Link> links() const = 0;
    virtual std::vector<Link> bridges() const = 0;

    // Whether the device has the MAC address that somebody gave it: a bridge's does not follow its ports
    // then.
    virtual bool keeps_mac(const IfName&) const = 0;

    // The ports of a bridge, in the kernel's order.
    virtual std::vector<Link> ports(const Link& bridge) const = 0;

    // The entries of the table that name the device, as the kernel tells them.
    virtual std::vector<Entry> entries(Table, const IfName& device) const = 0;

    // The default routes of table main, of both families.
    virtual std::vector<Entry> default_routes() const = 0;

    // By which device a packet to the address would leave, and to which router.
    virtual Way find_way(const IpAddress&) const = 0;

    // What may be set for the device; IfName::defaults() gives what a new device starts with.
    virtual Sysctls sysctls(const IfName& device) const = 0;

    // One of them; nothing if there is no such setting.
    virtual std::optional<std::string> sysctl(const IfName& device, const std::string& key) const = 0;

    // The link-layer multicast groups that were joined by hand ("ip maddress add").
    virtual std::vector<Mac> joined_groups(const IfName& device) const = 0;

    // The filter that was installed for the interface, whether or not that is there.
    virtual std::optional<Filter> find_filter(const IfName& owner) const = 0;
    virtual std::vector<InstalledFilter> filters() const = 0;

    // What the filters have dropped.
    virtual std::vector<DropCount> drops() const = 0;

    // The rate to which the device's queue holds what it sends.
    virtual std::optional<Rate> sending_limit(const IfName& device) const = 0;

    // The VLANs that a port of a bridge is in; none where the bridge keeps none.
    virtual Vlans vlans(const Link& port) const = 0;

    // Whether the host's own rules for what it forwards are asked about packets of the family (AF_INET,
    // AF_INET6) between ports of bridges too, and drop them unless one says otherwise (br_netfilter, and the
    // policy of filter FORWARD). Of iptables' older kind, which nftables does not know, nothing can be told.
    virtual bool drops_bridged(int family) const = 0;

    // The same of packets that the host routes.
    virtual bool drops_forwarded(int family) const = 0;

    // Whether nftables has such a table.
    virtual bool has_table(nft::Family, const std::string& name) const = 0;

    std::optional<IfName> device_towards(const IpAddress& address) const { return find_way(address).device; }

    Link link(const IfName&) const; // find_link(), or throws SystemError(ENODEV)
};

class Kernel : public KernelView {
public:
    // Makes the step so. Throws SystemError when the kernel refuses. What is so already is no
    // error: adding an entry that is there, removing one that is not, deleting a link that is gone.
    virtual void apply(const Step&) = 0;

    // Puts all filters back that somebody else removed. Throws SystemError.
    virtual void restore_filters() = 0;
};

// Of a name that somebody gave, the interface's own; the given one where there is no such interface. Throws
// base::Error if that is longer than a name that an interface could have.
IfName own_name(const KernelView&, const DeviceName&);

} // namespace net
