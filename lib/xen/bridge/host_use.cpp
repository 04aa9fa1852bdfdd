// Which processes use a card: from /proc, and from what network managers say of themselves.
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "xen/bridge/host_facts.h"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace xen {

namespace {

constexpr std::array<std::string_view, 4> dhcp_clients{"dhclient", "dhcpcd", "udhcpc", "dhcp6c"};
constexpr std::array<std::string_view, 2> managers{"NetworkManager", "systemd-network"}; // 15 bytes are told

bool begins_with_one(std::string_view text, auto& names)
{
    return std::ranges::any_of(names, [&](auto name) { return text.starts_with(name); });
}

std::string link_target(const std::string& path)
{
    std::array<char, 256> target{};
    const auto length = ::readlink(path.c_str(), target.data(), target.size());
    return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string();
}

// A process that ends while we look is nobody.
std::string text_of(const std::string& path)
{
    try {
        return base::read_file(path).value_or("");
    } catch (const base::SystemError&) {
        return {};
    }
}

std::vector<std::string> names_or_none(const std::string& folder)
{
    try {
        return base::names_in(folder);
    } catch (const base::SystemError&) {
        return {};
    }
}

// Of "socket:[4711]".
std::optional<std::uint64_t> socket_inode(const std::string& target)
{
    constexpr std::string_view begin = "socket:[";
    if (!target.starts_with(begin) || !target.ends_with(']'))
        return std::nullopt;
    return base::parse_number(target.substr(begin.size(), target.size() - begin.size() - 1));
}

void look_for_sockets(
    const std::string& process, const std::string& words, const std::set<std::uint64_t>& inodes, HostUse& use)
{
    for (const auto& fd : names_or_none(process + "/fd"))
        if (const auto inode = socket_inode(link_target(process + "/fd/" + fd));
            inode && inodes.contains(*inode))
            use.owners.try_emplace(*inode, words);
}

// udhcpc has no socket between two renewals: what it was called with tells.
bool is_called_for(const std::string& process, const net::IfName& card)
{
    const auto words = base::split(text_of(process + "/cmdline"), '\0');
    return std::ranges::any_of(
        words, [&](const std::string& word) { return word == card.str() || word == "-i" + card.str(); });
}

void look_at_processes(const net::IfName& card, const std::set<std::uint64_t>& inodes, HostUse& use)
{
    const auto ours = link_target("/proc/self/ns/net");
    for (const auto& number : names_or_none("/proc")) {
        if (!base::parse_number(number))
            continue;
        const auto process = "/proc/" + number;
        const std::string name(base::trim(text_of(process + "/comm")));
        const auto words = name + " (" + number + ")";
        if (!inodes.empty())
            look_for_sockets(process, words, inodes, use);
        if (is_dhcp_client(name) && is_called_for(process, card) && link_target(process + "/ns/net") == ours)
            use.dhcp_clients.push_back(words);
    }
}

bool has_line(const std::string& path, std::string_view wanted)
{
    for (const auto& line : base::split(text_of(path), '\n'))
        if (line.starts_with(wanted))
            return true;
    return false;
}

// Both write a file for each interface that they know, by number.
std::optional<std::string> manager_of(int index)
{
    const auto number = std::to_string(index);
    if (has_line("/run/NetworkManager/devices/" + number, "managed=true"))
        return "NetworkManager";
    const auto link = "/run/systemd/netif/links/" + number;
    if (has_line(link, "ADMIN_STATE=") && !has_line(link, "ADMIN_STATE=unmanaged"))
        return "systemd-networkd";
    return std::nullopt;
}

} // namespace

bool is_dhcp_client(std::string_view owner)
{
    return begins_with_one(owner, dhcp_clients);
}

bool is_network_manager(std::string_view owner)
{
    return begins_with_one(owner, managers);
}

HostUse host_use(const net::IfName& card, int index, const std::set<std::uint64_t>& inodes)
{
    HostUse use;
    look_at_processes(card, inodes, use);
    use.manager = manager_of(index);
    return use;
}

} // namespace xen
