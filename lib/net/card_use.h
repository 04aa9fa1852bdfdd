// Who on the host knows a network card by its name or its number, and is left behind when another device
// takes its place.
#pragma once

#include "net/types.h"

#include <cstdint>
#include <string>
#include <vector>

namespace net {

// Rules of one chain that are about the card, and treat the device that takes its place differently.
struct FirewallUse {
    std::string tool; // "nftables", "iptables", "ip6tables", "arptables"
    std::string table; // as the tool names it: "inet filter"
    std::string chain;
    std::string rule; // the first of them: iifname "eth0" (handle 7)
    std::string set = {}; // where it is a set that has the card's name, and not the other's
    std::size_t rules = 1;
    bool of_ports = false; // about ports of bridges: without effect as long as the card is none

    bool operator==(const FirewallUse&) const = default;
};

// A socket that hears and speaks by the card alone.
struct SocketUse {
    std::string kind; // "tcp", "udp", "raw", "packet"
    std::uint16_t port = 0; // its own
    std::uint64_t inode = 0;

    bool operator==(const SocketUse&) const = default;
};

// A device that takes what the card receives.
struct Holder {
    IfName name;
    std::string kind; // "macvlan"

    bool operator==(const Holder&) const = default;
};

struct CardUse {
    std::vector<FirewallUse> firewall = {};
    std::vector<SocketUse> sockets = {};
    std::vector<Holder> holders = {};
    std::vector<std::string> queues = {}; // the kinds of those that somebody gave it: "tbf"
    std::vector<std::string> filters = {}; // tc's: "ingress u32"
    bool xdp = false;
    std::vector<std::string> unknown = {}; // what could not be looked at, and why
};

} // namespace net
