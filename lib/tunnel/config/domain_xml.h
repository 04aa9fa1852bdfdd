// libvirt's domain XML: what it says of tunnels, as words NAME=VALUE. The only place that knows pugixml.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tunnel {

// One <interface> of type mcast, server, client or udp.
struct XmlTunnel {
    std::size_t line = 0;
    std::vector<std::string> words = {}; // for Config::parse(), without name=
};

struct DomainXml {
    std::string name = {}; // of the domain; empty in a fragment
    std::vector<XmlTunnel> tunnels = {};
    std::vector<std::string> ignored = {}; // sentences about elements that have no effect here
};

// A whole domain or a fragment of one. Throws UsageError with line and column if it is not well-formed, and
// with the line if an interface lacks something or asks for what a tunnel cannot do.
DomainXml parse_domain_xml(std::string_view text);

} // namespace tunnel
