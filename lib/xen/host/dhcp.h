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

// Which server is meant, and whether that there is none is an error.
struct DhcpWish {
    DhcpChoice choice = DhcpChoice::automatic;
    bool demanded = false;

    bool operator==(const DhcpWish&) const = default;
};

// ISC's dhcpd as the distributions install it.
struct IscServer {
    std::string configuration;
    std::string init; // the script that restarts it
    std::string arguments; // the file that names its interfaces
};

struct Dnsmasq {
    std::string folder; // of our files, a host each: its configuration has to name it as dhcp-hostsfile
};

using DhcpServer = std::variant<IscServer, Dnsmasq>;

// The DHCP servers of a host. What cannot be changed is a base::Error.
class DhcpServers {
public:
    // `root` goes before every path; tests have one.
    explicit DhcpServers(base::Log& log, std::string root = {})
        : log_(log)
        , root_(std::move(root))
    { }

    // The server that is installed, among those that are meant; nothing if there is none. Where one is
    // demanded, that is a base::Error.
    std::optional<DhcpServer> find(DhcpWish) const;

    // Enters the host, in place of one of its name, and has the server know.
    void add_host(const DhcpServer&, const DhcpHost&) const;

    // Takes the interface, and the host if a name is given, out of whatever server has them.
    void remove_host(const net::IfName& device, const std::string& name) const;

    // The names of those that dnsmasq has been told of.
    std::vector<std::string> dnsmasq_hosts() const;
    void remove_dnsmasq_host(const std::string& name) const;

    // The network of all guests, 10.0.0.0/16, as ISC's dhcpd needs it before it serves any of them;
    // dnsmasq has it in its own configuration. The name servers are those of the resolver's file.
    void add_nat_network(const DhcpServer&, const std::string& resolver) const;
    void remove_nat_network() const;

private:
    void add(const IscServer&, const DhcpHost&) const;
    void add(const Dnsmasq&, const DhcpHost&) const;
    void remove(const IscServer&, const net::IfName& device, const std::string& name) const;
    void restart(const IscServer&) const;
    void wake_dnsmasq() const;
    std::string lock_file() const;

    base::Log& log_;
    std::string root_;
};

} // namespace xen
