// The text of ISC dhcpd's files: a line for each guest, and the interfaces that it listens on.
#pragma once

#include "xen/host/dhcp.h"

#include <string>

namespace xen {

// "host dom5 { hardware ethernet ...; fixed-address ...; ... }", without a newline.
std::string isc_host_line(const DhcpHost&);

// The configuration without the line of the host of exactly that name. Only lines of our form
// count: what an administrator wrote over several lines is his.
std::string without_isc_host(const std::string& configuration, const std::string& name);

std::string with_isc_host(const std::string& configuration, const DhcpHost&);

// The line that makes guests' addresses known, unless the network is there already: an
// administrator's own declaration counts.
std::string with_isc_network(const std::string& configuration, const std::string& resolver);
std::string without_isc_network(const std::string& configuration);

// The arguments file with the interface in, or out of, every line that lists interfaces.
std::string with_interface(const std::string& arguments, const net::IfName&);
std::string without_interface(const std::string& arguments, const net::IfName&);

} // namespace xen
