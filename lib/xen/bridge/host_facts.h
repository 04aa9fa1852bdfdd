// What only /sys and /proc tell of the host.
#pragma once

#include "net/types.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace xen {

// Wireless cards send only frames of their own address: they cannot be bridged.
bool is_wireless(const net::IfName&);

// The address of the server that holds the root file system (NFS, or iSCSI), if any does.
std::optional<net::IpAddress> root_server();

// Which processes use a network card, of those in our network namespace.
struct HostUse {
    std::map<std::uint64_t, std::string> owners = {}; // of sockets, by inode: "dhclient (412)"
    std::vector<std::string> dhcp_clients = {}; // that were started for the card: "udhcpc (97)"
    std::optional<std::string> manager =
        {}; // "NetworkManager", "systemd-networkd": it says that it manages the card
};

HostUse host_use(const net::IfName& card, int index, const std::set<std::uint64_t>& inodes);

// Of an owner's words.
bool is_dhcp_client(std::string_view owner);
bool is_network_manager(std::string_view owner);

} // namespace xen
