#include "xen/host/isc_dhcpd.h"

#include "catch.h"

using namespace xen;

namespace {

const auto vif = net::IfName::parse("vif5.0");

DhcpHost host(const std::string& name)
{
    return {vif, name, net::Mac::parse("00:16:3e:00:05:00"), *net::IpAddress::parse("10.0.5.1"),
        *net::IpAddress::parse("10.0.5.128")};
}

constexpr const char* dom5 =
    "host dom5 { hardware ethernet 00:16:3e:00:05:00; fixed-address 10.0.5.1; option routers "
    "10.0.5.128; option host-name \"dom5\"; }";

} // namespace

TEST_CASE("a DHCP host is a line of dhcpd.conf, in place of an earlier one of its name")
{
    CHECK(with_isc_host("subnet;\n", host("dom5")) == std::string("subnet;\n") + dom5 + "\n");
    CHECK(with_isc_host(std::string("host dom5 { old; }\nsubnet;"), host("dom5"))
        == std::string("subnet;\n") + dom5 + "\n");
    CHECK(with_isc_host("", host("dom5")) == std::string(dom5) + "\n");
}

TEST_CASE("only the host of exactly that name leaves dhcpd.conf")
{
    const std::string others =
        "host dom55 { x; }\nhost dom5-2 { x; }\n# host dom5 { x; }\nhost dom5 {\n  x;\n}\n";
    CHECK(without_isc_host(others + dom5 + "\n", "dom5") == others);
    CHECK(without_isc_host("host dom5{ x; }\n", "dom5").empty());
}

TEST_CASE("an interface joins whatever list of dhcpd's arguments there is")
{
    CHECK(with_interface("INTERFACES=\"eth0\"\n", vif) == "INTERFACES=\"eth0 vif5.0\"\n");
    CHECK(with_interface("INTERFACESv4=\"\"\nINTERFACESv6=\"\"\n", vif)
        == "INTERFACESv4=\"vif5.0\"\nINTERFACESv6=\"\"\n");
    CHECK(with_interface("DHCPDARGS=\n", vif) == "DHCPDARGS=\"vif5.0\"\n");
    CHECK(with_interface("DHCPD_INTERFACE='eth0'\n", vif) == "DHCPD_INTERFACE=\"eth0 vif5.0\"\n");
    CHECK(with_interface("# INTERFACES=\"\"\n", vif) == "# INTERFACES=\"\"\n");
    CHECK(with_interface("INTERFACES=\"vif5.0\"\n", vif) == "INTERFACES=\"vif5.0\"\n");
}

TEST_CASE("an interface leaves dhcpd's arguments as a whole word")
{
    CHECK(without_interface("INTERFACES=\"eth0 vif5.0 vif5.01\"\n", vif) == "INTERFACES=\"eth0 vif5.01\"\n");
    CHECK(without_interface("INTERFACES=vif5.0\n", vif) == "INTERFACES=\"\"\n");
    CHECK(without_interface("INTERFACES='eth0'\n", vif) == "INTERFACES='eth0'\n");
}
