// One change to the machine's network, as plain data: it can be printed, compared, carried out
// and, since it says what was there before, turned round.
#pragma once

#include "net/bridge_port.h"
#include "net/entry.h"
#include "net/nft/filter.h"
#include "net/rate.h"
#include "net/types.h"
#include "net/vlan.h"

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace net {

// A bridge without spanning tree or forwarding delay, down. Its MAC address and MTU are pinned:
// ports that join do not change them.
struct CreateBridge {
    IfName name;
    Mac mac;
    unsigned mtu;
    bool operator==(const CreateBridge&) const = default;
};

struct CreateVethPair {
    IfName name;
    IfName peer;
    bool operator==(const CreateVethPair&) const = default;
};

// A tap that outlives its makers and that the user may attach to; one that is there already is given to the
// user.
struct CreateTap {
    IfName name;
    std::string owner;
    unsigned uid;
    bool operator==(const CreateTap&) const = default;
};

// A port into a virtual network that the kernel itself carries over a multicast group.
struct CreateVxlan {
    IfName name;
    IfName device;
    IpAddress group;
    unsigned id;
    std::uint16_t port;
    std::uint8_t ttl;
    bool operator==(const CreateVxlan&) const = default;
};

// Cannot be undone: what was on the link is gone. Only for links of our own making.
struct DeleteLink {
    IfName name;
    bool operator==(const DeleteLink&) const = default;
};

// What a step may set in a link; what is absent stays as it is.
struct LinkSettings {
    std::optional<Mac> mac = {};
    std::optional<unsigned> mtu = {};
    std::optional<unsigned> tx_queue_length = {};
    std::optional<AddrGenMode> addr_gen_mode = {};
    std::optional<std::uint32_t> group = {};
    std::optional<std::optional<IfName>> master = {}; // an empty name: of no bridge
    std::optional<bool> up = {};
    std::optional<std::string> alias = {};
    std::optional<bool> vlan_filtering = {}; // of a bridge
    std::optional<bool> multicast_snooping = {}; // of a bridge
    bool operator==(const LinkSettings&) const = default;
};

// One message to the kernel, so that a port joins its bridge and comes up in one stroke.
struct ChangeLink {
    IfName link;
    LinkSettings to;
    LinkSettings from;
    bool operator==(const ChangeLink&) const = default;
};

struct RenameLink {
    IfName from;
    IfName to;
    bool operator==(const RenameLink&) const = default;
};

// Puts the bridge's MAC address and MTU back, and thereby pins them, if a port that joined or
// left has dragged them along. Does nothing to a bridge that stayed as it was.
struct HoldBridge {
    IfName bridge;
    std::optional<Mac> mac;
    unsigned mtu;
    bool operator==(const HoldBridge&) const = default;
};

struct AddEntry {
    Entry entry;
    // Gone on without if the kernel finds the entry impossible now: a route whose gateway nothing leads to.
    bool if_possible = false;
    bool operator==(const AddEntry&) const = default;
};

struct RemoveEntry {
    Entry entry;
    bool operator==(const RemoveEntry&) const = default;
};

// The same entry (same_identity()) with other attributes, in one stroke.
struct ReplaceEntry {
    Entry to;
    Entry from;
    bool operator==(const ReplaceEntry&) const = default;
};

struct SetSysctl {
    IfName device;
    std::string key; // "ipv4/conf/rp_filter"
    std::string to;
    std::string from;
    bool operator==(const SetSysctl&) const = default;
};

struct JoinGroup {
    IfName device;
    Mac group;
    bool operator==(const JoinGroup&) const = default;
};

struct LeaveGroup {
    IfName device;
    Mac group;
    bool operator==(const LeaveGroup&) const = default;
};

// Waits until the link is operationally up, as a bridge is some milliseconds after its first
// port has carrier. A link that takes longer than `patience` is gone on without.
struct AwaitRunning {
    IfName link;
    std::chrono::milliseconds patience;
    bool operator==(const AwaitRunning&) const = default;
};

// Waits until packets to the IPv6 addresses are taken in by the device. The kernel tells an address
// at once but makes its local route a moment later (addrconf_dad_work() in net/ipv6/addrconf.c).
struct AwaitAddresses {
    IfName device;
    std::vector<IpAddress> addresses;
    std::chrono::milliseconds patience;
    bool operator==(const AwaitAddresses&) const = default;
};

// Asks the routers behind the device to advertise themselves now; so the kernel learns anew, on the device
// that takes over, what is to be kept there. Best effort: they do so anyway, only later.
struct SolicitRouters {
    IfName device;
    bool when_undone = false; // then too, and not only when done
    bool operator==(const SolicitRouters&) const = default;
};

// The filter is in place at once and whole, instead of any that the interface had.
struct InstallFilter {
    Filter to;
    std::optional<Filter> from;
    bool operator==(const InstallFilter&) const = default;
};

// Also for an interface that is gone.
struct RemoveFilter {
    IfName owner;
    std::optional<Filter> from;
    bool operator==(const RemoveFilter&) const = default;
};

// An intermediate functional block: a device whose queue other devices' arrivals can be sent through. Up.
struct CreateIfb {
    IfName name;
    bool operator==(const CreateIfb&) const = default;
};

struct RateLimit {
    Rate rate;
    Bucket bucket;
    bool operator==(const RateLimit&) const = default;
};

// Holds what leaves the device to a rate, by a token bucket in the place of its queue; without a
// limit the device has the queue that the kernel gives it. A device that is gone needs no queue.
struct LimitSending {
    IfName device;
    std::optional<RateLimit> to;
    std::optional<RateLimit> from;
    bool operator==(const LimitSending&) const = default;
};

// Sends what arrives at the device through the queue of an ifb before anything else is done with
// it; without one it is taken in directly. A device that is gone needs no way in.
struct RedirectArrivals {
    IfName device;
    std::optional<IfName> to;
    std::optional<IfName> from;
    bool operator==(const RedirectArrivals&) const = default;
};

// What the bridge does with one of its ports.
struct ChangePort {
    IfName port;
    PortSettings to;
    PortSettings from;
    bool operator==(const ChangePort&) const = default;
};

// The port is in these VLANs of its bridge, and in no others.
struct SetVlans {
    IfName port;
    Vlans to;
    Vlans from;
    bool operator==(const SetVlans&) const = default;
};

// The nftables table, whatever there is of it, with these rules and no others.
struct PutTable {
    nft::Table to;
    std::optional<nft::Table> from;
    bool operator==(const PutTable&) const = default;
};

// No error if it is not there.
struct RemoveTable {
    nft::Table from;
    bool operator==(const RemoveTable&) const = default;
};

using Step = std::variant<CreateBridge, CreateVethPair, CreateTap, CreateVxlan, DeleteLink, ChangeLink,
    RenameLink, HoldBridge, AddEntry, RemoveEntry, ReplaceEntry, SetSysctl, JoinGroup, LeaveGroup,
    AwaitRunning, AwaitAddresses, InstallFilter, RemoveFilter, CreateIfb, LimitSending, RedirectArrivals,
    SetVlans, PutTable, RemoveTable, ChangePort, SolicitRouters>;

// The step that puts things back, or nothing where there is nothing to put back.
std::optional<Step> inverse(const Step&);

// The step in the words of iproute2 and sysctl(8): "ip link set dev vif1.0 master xenbr0 up".
// Those of filters are lines of nft(8) as its standard input.
std::string to_string(const Step&);

// The setting as sysctl(8) wants it where a device's name may hold a dot: "net/ipv4/conf/vif5.0/proxy_arp".
std::string sysctl_name(const IfName& device, const std::string& key);

} // namespace net
