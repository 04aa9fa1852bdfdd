// What DHCP servers are told, in files below a root of the test's own.
#include "base/error.h"
#include "base/file.h"
#include "catch.h"
#include "entries.h"
#include "scratch_folder.h"
#include "xen/host/dhcp.h"

#include <sys/stat.h>

using test::name;
using xen::DhcpChoice;

namespace {

struct Host {
    test::ScratchFolder scratch = {};
    base::Log log{"test"};
    xen::DhcpServers servers{log, scratch.path()};

    void put(const std::string& path, const std::string& content)
    {
        base::make_folder(base::folder_of(scratch.path() + path));
        base::replace_file(scratch.path() + path, content);
        ::chmod((scratch.path() + path).c_str(), 0755);
    }

    std::string text(const std::string& path) const
    {
        return base::read_file(scratch.path() + path).value_or("");
    }

    void install_isc()
    {
        put("/etc/dhcp/dhcpd.conf", "# mine\n");
        put("/etc/init.d/isc-dhcp-server", "#!/bin/sh\n");
        put("/etc/default/isc-dhcp-server", "INTERFACESv4=\"eth1\"\n");
    }
};

const xen::DhcpHost guest{name("vif5.0"), "dom5", net::Mac::parse("00:16:3e:00:00:05"),
    net::IpAddress::parse("10.0.5.1").value(), net::IpAddress::parse("10.0.5.128").value()};

} // namespace

TEST_CASE("ISC's dhcpd knows a host that was added, and none that was removed")
{
    Host host;
    host.install_isc();
    const auto server = host.servers.find({});
    REQUIRE(server.has_value());
    host.servers.add_host(*server, guest);
    CHECK_THAT(host.text("/etc/dhcp/dhcpd.conf"), Catch::Contains("host dom5 {"));
    CHECK_THAT(host.text("/etc/default/isc-dhcp-server"), Catch::Contains("vif5.0"));
    host.servers.remove_host(guest.device, guest.name);
    CHECK(host.text("/etc/dhcp/dhcpd.conf") == "# mine\n");
    CHECK(host.text("/etc/default/isc-dhcp-server") == "INTERFACESv4=\"eth1\"\n");
}

TEST_CASE("dnsmasq is meant only where somebody asks for it or it runs, and has a file for each host")
{
    Host host;
    host.put("/usr/sbin/dnsmasq", "");
    CHECK_FALSE(host.servers.find({}).has_value());
    const auto server = host.servers.find({DhcpChoice::dnsmasq, true});
    REQUIRE(server.has_value());
    host.servers.add_host(*server, guest);
    CHECK(host.servers.dnsmasq_hosts() == std::vector<std::string>{"dom5"});
    CHECK(host.text("/run/dom0net/dhcp-hosts/dom5") == "00:16:3e:00:00:05,10.0.5.1,dom5\n");
    host.servers.remove_host(guest.device, "");
    CHECK(host.servers.dnsmasq_hosts().size() == 1);
    host.servers.remove_host(guest.device, guest.name);
    CHECK(host.servers.dnsmasq_hosts().empty());
}

TEST_CASE("without a server nothing is found, and a demand is an error that names the cure")
{
    const Host host;
    CHECK_FALSE(host.servers.find({}).has_value());
    CHECK_FALSE(host.servers.find({DhcpChoice::off, true}).has_value());
    CHECK_THROWS_WITH(host.servers.find({DhcpChoice::automatic, true}), Catch::Contains("say dhcp=no"));
}
