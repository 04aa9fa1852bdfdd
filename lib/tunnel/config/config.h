// One tunnel as the administrator describes it: the words NAME=VALUE become a Config here or are refused
// here.
#pragma once

#include "net/types.h"
#include "tunnel/config/endpoint.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tunnel {

enum class Type : std::uint8_t { mcast, server, client, udp, vxlan };

std::string_view to_string(Type);

// What one peer may use up. Every queue and table of a relay is bounded by one of these.
struct Limits {
    unsigned clients = 64; // of a server, at the same time
    unsigned macs = 8192; // stations in the table of a server
    unsigned ageing = 300; // seconds until a silent station is forgotten
    unsigned queue = 256; // KiB waiting for one slow client
    unsigned floods = 10000; // frames a second to everybody, from one client or the wire; 0 is without limit
    unsigned stall = 10; // seconds that a client may leave a frame unfinished

    auto operator<=>(const Limits&) const = default;
};

struct Config {
    std::string name = {}; // at most 11 characters: bridge and tap are named after it
    Type type = Type::mcast;
    Endpoint remote = {}; // the group, the address to listen on or to connect to, the other end
    std::optional<Endpoint> local = {}; // udp: our end
    std::optional<net::DeviceName> device = {}; // the underlay
    unsigned ttl = 1;
    bool loop = true; // mcast: members on this host hear us
    unsigned rejoin = 0; // mcast: seconds after which the group is left and joined again; 0 is never
    unsigned id = 0; // vxlan: the network identifier
    std::optional<net::IfName> bridge = {};
    std::optional<net::IfName> tap = {};
    std::optional<unsigned> mtu = {};
    std::string user = "nobody"; // owns the tap and runs the relay
    std::vector<Prefix> allow = {}; // server, mcast, udp: who is listened to; empty is everybody
    Limits limits = {};

    // Throws UsageError: one sentence that names the word at fault. A name is needed only with `named`.
    static Config parse(const std::vector<std::string>& words, bool named);

    net::IfName bridge_name() const; // as given, or xtb-<name>
    net::IfName tap_name() const; // as given, or xt-<name>
    bool allows(const net::IpAddress& peer) const;
    bool has_relay() const { return type != Type::vxlan; } // else the kernel does all

    bool operator==(const Config&) const = default;
};

// Throws UsageError unless the text is a tunnel's name; what is one is safe as part of a path.
std::string parse_name(std::string_view text);

// Words that parse() makes the same Config of.
std::vector<std::string> to_words(const Config&);

// Every key with its meaning, one a line, for --help.
std::string describe_keys();

} // namespace tunnel
