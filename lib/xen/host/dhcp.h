// Telling the host's DHCP server which address a guest has: ISC's dhcpd, by its configuration
// file, or dnsmasq, by files of our own that it reads.
#pragma once

#include "base/log.h"
#include "net/types.h"
#include "xen/call/config.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace xen {

struct DhcpHost {
    net::IfName device; // where the guest asks
    std::string name;
    net::Mac mac = {};
    net::IpAddress address = {};
    net::IpAddress router = {};

    bool operator==(const DhcpHost&) const = default;
};

// What a vif program wants of the DHCP server: that it knows a guest, or that it forgets an
// interface and, where the guest goes with it, the guest.
struct DhcpWish {
    std::optional<DhcpHost> enter = {};
    std::optional<net::IfName> leave = {};
    std::string forget = {};
    DhcpChoice choice = DhcpChoice::automatic;
    bool demanded = false; // that there is no server is an error

    bool operator==(const DhcpWish&) const = default;
};

// For --dry-run: "# dhcp: host dom5 is 10.0.5.1".
std::string to_string(const DhcpWish&);

// ISC's dhcpd as the distributions install it.
struct IscServer {
    std::string configuration;
    std::string init; // the script that restarts it
    std::string arguments; // the file that names its interfaces
};

// The hosts that dnsmasq has been told of.
std::vector<std::string> dnsmasq_hosts(const std::string& root);
void forget_dnsmasq_host(const std::string& name, const std::string& root, base::Log&);

struct Dnsmasq {
    std::string folder; // of our files, a host each: its configuration has to name it as dhcp-hostsfile
};

using DhcpServer = std::variant<IscServer, Dnsmasq>;

// The server that is installed, among those that the choice allows; nothing if there is none.
// Where one was demanded, that is a base::Error. `root` goes before every path; tests have one.
std::optional<DhcpServer> find_dhcp_server(DhcpChoice, bool demanded, const std::string& root);

// Enters the host, in place of one of its name, and has the server know. Throws base::Error.
void enter_host(const DhcpServer&, const DhcpHost&, const std::string& root, base::Log&);

// Takes the interface, and the host if a name is given, out of whatever server has them.
// Throws base::Error.
void leave(const net::IfName& device, const std::string& host_name, const std::string& root, base::Log&);

// The network of all guests, 10.0.0.0/16, as ISC's dhcpd needs it before it serves any of them;
// dnsmasq has it in its own configuration. The name servers are those of the resolver's file.
void enter_nat_network(const DhcpServer&, const std::string& resolver, const std::string& root, base::Log&);
void leave_nat_network(const std::string& root, base::Log&);

} // namespace xen
