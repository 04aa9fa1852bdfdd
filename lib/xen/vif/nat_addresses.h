// The addresses of guests behind vif-nat, which nobody has to hand out (docs/hotplug-contract.md, section 6).
#pragma once

#include "net/ip_prefix.h"
#include "xen/call/invocation.h"

#include <string>
#include <vector>

namespace xen {

// A guest that is configured nowhere is 10.<domain / 256>.<domain % 256>.<device + 1>. Throws
// base::Error where the scheme has no address: a domain above 65535, a device above 127.
net::IpAddress default_nat_address(const VifId&);

// Its IPv6 address, of a range that is never routed beyond the host: fd64:6f6d:3000:<domain>::<device + 1>.
net::IpAddress default_nat_ipv6_address(const VifId&);

// What dom0 is called towards the guest of that IPv4 address: the last number of it plus 127.
// Throws base::Error where that is above 255.
net::IpAddress nat_router(const net::IpAddress& guest);

// What the words of ip= mean to vif-nat: one with host bits ("10.1.1.5/24") is the host's address
// alone, as is the first of IPv4 in any case; else the whole prefix belongs to the guest.
std::vector<net::IpPrefix> nat_guest(const std::vector<net::IpPrefix>& words);

// "dom5", or "dom5-2" for its second interface.
std::string nat_host_name(const VifId&);
std::optional<VifId> id_of_nat_host(const std::string& name);

} // namespace xen
