// The administrator's settings for the whole host: /etc/xen/dom0net.json. Every key may be absent.
#pragma once

#include "net/rate.h"
#include "net/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xen {

enum class DhcpChoice { automatic, off, isc, dnsmasq };

// How fast the host may send to a guest that has a rate=: as it likes, as fast as the guest may
// send, or at a rate of its own.
struct RateToGuest {
    enum class Kind { off, same, value };

    Kind kind = Kind::off;
    net::Rate value = {};

    bool operator==(const RateToGuest&) const = default;
};

// What is done when OVN has not taken a guest's port over in time.
enum class OvnWait { off, warn, error };

struct PortRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;

    bool operator==(const PortRange&) const = default;
};

// What arrives at the host's own address on these ports goes to a guest.
struct PortForward {
    enum class Protocol : std::uint8_t { tcp = 6, udp = 17 };

    Protocol protocol = Protocol::tcp;
    PortRange ports = {};
    net::IpAddress to = {};
    std::optional<std::uint16_t> to_port = {}; // only for a single port; else the same ports
    std::optional<net::DeviceName> netdev =
        {}; // only what arrives there; else on every device that network-nat serves

    bool operator==(const PortForward&) const = default;
};

struct Configuration {
    bool mac_lock = false; // guests without ip= may still send with their own MAC address only
    bool any_link_local = false; // guests with ip= may use every IPv6 link-local address
    bool pin_mac = false; // the bridge knows each guest's MAC address and learns no other from it
    bool guard_ports = false; // guests have no say in spanning trees
    bool isolate_guests = false; // guests on a bridge reach the card and the host, not each other
    bool switch_vlan_filtering_on = false; // on a bridge that a guest with vlan= joins
    std::string ovs_database = "/run/openvswitch/db.sock";
    std::string iface_id = "{name}.{devid}"; // a template, for OVN
    OvnWait ovn_wait = OvnWait::warn;
    std::optional<unsigned> ovn_mtu = {}; // of guests on OVN's integration bridge
    DhcpChoice dhcp = DhcpChoice::automatic;
    RateToGuest rate_to_guest = {};
    std::vector<PortForward> port_forwards = {};
    // What "dom0net start" runs, each a script and its words; without it, what xend-config.sxp names.
    std::optional<std::vector<std::string>> network = {};

    bool operator==(const Configuration&) const = default;
};

// What the file says; the defaults if there is no such file. An unknown key, or a value that
// cannot be, throws base::Error with file, line and column.
Configuration read_configuration(const std::string& path);
Configuration parse_configuration(const std::string& text, const std::string& file);

} // namespace xen
