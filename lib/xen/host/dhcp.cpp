#include "xen/host/dhcp.h"

#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/process.h"
#include "base/text.h"
#include "xen/call/paths.h"
#include "xen/host/isc_dhcpd.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace xen {

namespace {

using net::IfName;

// The places of Xen's scripts, and Debian's present one.
constexpr std::array configurations{"/etc/dhcp/dhcpd.conf", "/etc/dhcp3/dhcpd.conf", "/etc/dhcpd.conf"};
constexpr std::array inits{"/etc/init.d/isc-dhcp-server", "/etc/init.d/dhcp-server",
    "/etc/init.d/dhcp3-server", "/etc/init.d/dhcp", "/etc/init.d/dhcpd"};
constexpr std::array arguments{"/etc/sysconfig/dhcpd", "/etc/defaults/dhcp", "/etc/default/dhcp-server",
    "/etc/default/dhcp3-server", "/etc/default/isc-dhcp-server"};
constexpr std::array dnsmasq_programs{"/usr/sbin/dnsmasq", "/usr/bin/dnsmasq", "/usr/local/sbin/dnsmasq"};
constexpr std::array dnsmasq_pid_files{"/run/dnsmasq/dnsmasq.pid", "/run/dnsmasq.pid"};
constexpr unsigned readable_by_all = 0644; // dnsmasq gives root's rights up

template <std::size_t count>
std::optional<std::string> first_of(
    const std::array<const char*, count>& paths, int access, const std::string& root)
{
    for (const auto* const path : paths)
        if (base::is_accessible(root + path, access))
            return root + path;
    return std::nullopt;
}

std::optional<IscServer> find_isc(const std::string& root)
{
    auto configuration = first_of(configurations, R_OK | W_OK, root);
    auto init = first_of(inits, X_OK, root);
    auto interfaces = first_of(arguments, R_OK | W_OK, root);
    if (!configuration || !init || !interfaces)
        return std::nullopt;
    return IscServer{*configuration, *init, *interfaces};
}

Dnsmasq dnsmasq_below(const std::string& root)
{
    return {root + paths::run + "/dhcp-hosts"};
}

std::optional<pid_t> dnsmasq_process(const std::string& root)
{
    for (const auto* const path : dnsmasq_pid_files) {
        const auto text = base::read_file(root + path);
        const auto pid = text ? base::parse_number(base::trim(*text), 1U << 30) : std::nullopt;
        if (pid && base::read_file("/proc/" + std::to_string(*pid) + "/comm") == "dnsmasq\n")
            return static_cast<pid_t>(*pid);
    }
    return std::nullopt;
}

// Nobody asked: then it has to be clear that dnsmasq serves this host.
std::optional<Dnsmasq> find_dnsmasq(bool asked, const std::string& root)
{
    if (asked ? first_of(dnsmasq_programs, X_OK, root).has_value() : dnsmasq_process(root).has_value())
        return dnsmasq_below(root);
    return std::nullopt;
}

// False if the file has that content already.
bool rewrite(const std::string& path, const std::string& before, const std::string& after)
{
    if (before != after)
        base::rewrite_file(path, after);
    return before != after;
}

} // namespace

std::string DhcpServers::lock_file() const
{
    return root_ + "/var/run/xen-hotplug/vif-nat-dhcp";
}

void DhcpServers::restart(const IscServer& server) const
{
    try {
        if (base::run({server.init, "restart"}, {}) != 0)
            log_.debug(server.init + " restart failed, ignoring");
    } catch (const base::SystemError& error) {
        log_.debug(std::string(error.what()) + ", ignoring");
    }
}

// It reads its files again; without a process it will when it starts.
void DhcpServers::wake_dnsmasq() const
{
    const auto process = dnsmasq_process(root_);
    if (process && ::kill(*process, SIGHUP) != 0)
        log_.debug(std::string("dnsmasq could not be told (") + base::SystemError(errno, "kill").what()
            + "), ignoring");
}

void DhcpServers::add(const IscServer& server, const DhcpHost& host) const
{
    {
        const base::Lock lock(lock_file());
        const auto known = base::read_file(server.configuration).value_or("");
        const auto interfaces = base::read_file(server.arguments).value_or("");
        rewrite(server.configuration, known, with_isc_host(known, host));
        rewrite(server.arguments, interfaces, with_interface(interfaces, host.device));
    }
    restart(server); // as the interface is a new one even where the texts are not
}

void DhcpServers::add(const Dnsmasq& server, const DhcpHost& host) const
{
    const base::Lock lock(lock_file());
    base::make_folder(server.folder);
    base::let_pass(base::folder_of(server.folder)); // dnsmasq gives root's rights up
    // Without a word on the router, dnsmasq names its own address on the interface: that is the one.
    base::replace_file(server.folder + "/" + host.name,
        to_string(host.mac) + "," + to_string(host.address) + "," + host.name + "\n", readable_by_all);
    wake_dnsmasq();
}

void DhcpServers::remove(const IscServer& server, const IfName& device, const std::string& name) const
{
    bool changed = false;
    {
        const base::Lock lock(lock_file());
        const auto interfaces = base::read_file(server.arguments).value_or("");
        changed = rewrite(server.arguments, interfaces, without_interface(interfaces, device));
        const auto known = base::read_file(server.configuration).value_or("");
        if (!name.empty() && rewrite(server.configuration, known, without_isc_host(known, name)))
            changed = true;
    }
    if (changed)
        restart(server);
}

std::optional<DhcpServer> DhcpServers::find(DhcpWish wish) const
{
    const auto choice = wish.choice;
    if (choice == DhcpChoice::off)
        return std::nullopt;
    const bool asked = wish.demanded || choice != DhcpChoice::automatic;
    if (choice != DhcpChoice::dnsmasq)
        if (auto isc = find_isc(root_))
            return isc;
    if (choice != DhcpChoice::isc)
        if (auto dnsmasq = find_dnsmasq(asked, root_))
            return dnsmasq;
    if (asked)
        throw base::Error("Failed to find dhcpd configuration or init or args file"
            + std::string(choice == DhcpChoice::isc ? "" : ", nor is dnsmasq installed")
            + ": install a DHCP server, or say dhcp=no");
    return std::nullopt;
}

void DhcpServers::add_host(const DhcpServer& server, const DhcpHost& host) const
{
    std::visit([&](const auto& each) { add(each, host); }, server);
}

void DhcpServers::remove_host(const IfName& device, const std::string& name) const
{
    if (const auto isc = find_isc(root_))
        remove(*isc, device, name);
    remove_dnsmasq_host(name);
}

std::vector<std::string> DhcpServers::dnsmasq_hosts() const
{
    return base::names_in(dnsmasq_below(root_).folder);
}

void DhcpServers::remove_dnsmasq_host(const std::string& name) const
{
    const auto file = dnsmasq_below(root_).folder + "/" + name;
    if (name.empty() || !base::is_accessible(file, F_OK))
        return;
    const base::Lock lock(lock_file());
    base::remove_file(file);
    wake_dnsmasq();
}

void DhcpServers::add_nat_network(const DhcpServer& server, const std::string& resolver) const
{
    const auto* const isc = std::get_if<IscServer>(&server);
    if (!isc)
        return;
    {
        const base::Lock lock(lock_file());
        const auto known = base::read_file(isc->configuration).value_or("");
        rewrite(isc->configuration, known, with_isc_network(known, base::read_file(resolver).value_or("")));
    }
    restart(*isc);
}

void DhcpServers::remove_nat_network() const
{
    const auto isc = find_isc(root_);
    if (!isc)
        return;
    bool changed = false;
    {
        const base::Lock lock(lock_file());
        const auto known = base::read_file(isc->configuration).value_or("");
        changed = rewrite(isc->configuration, known, without_isc_network(known));
    }
    if (changed)
        restart(*isc);
}

} // namespace xen
