#include "xen/bridge/host_facts.h"

#include "base/file.h"
#include "base/text.h"

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace xen {

namespace {

// A line of /proc/self/mountinfo: ID parent MAJOR:MINOR root MOUNTPOINT options [tags...] - TYPE source
// OPTIONS.
struct Mount {
    std::string device;
    std::string point;
    std::string type;
    std::string options;
};

std::optional<Mount> parse_mount(const std::string& line)
{
    const auto words = base::words(line);
    std::size_t dash = 6;
    while (dash < words.size() && words[dash] != "-")
        ++dash;
    if (dash + 3 >= words.size())
        return std::nullopt;
    return Mount{words[2], words[4], words[dash + 1], words[dash + 3]};
}

std::optional<Mount> root_mount()
{
    std::optional<Mount> root;
    for (const auto& line : base::split(base::read_file("/proc/self/mountinfo").value_or(""), '\n'))
        if (auto mount = parse_mount(line); mount && mount->point == "/")
            root = mount; // the last one hides those before
    return root;
}

std::optional<net::IpAddress> nfs_server(const Mount& root)
{
    constexpr std::string_view key = "addr=";
    for (const auto& option : base::split(root.options, ','))
        if (option.starts_with(key))
            return net::IpAddress::parse(option.substr(key.size()));
    return std::nullopt;
}

std::string real_path(const std::string& path)
{
    const std::unique_ptr<char, decltype(&std::free)> text(::realpath(path.c_str(), nullptr), std::free);
    return text ? text.get() : "";
}

// What the disk itself is made of: that of LVM, of encryption, of multipath.
std::vector<std::string> disks_of(const std::string& disk)
{
    constexpr std::size_t most = 64; // a circle there is none, but many layers with many legs
    std::vector<std::string> all{disk};
    for (std::size_t i = 0; i < all.size() && all.size() < most; ++i)
        if (const auto legs = all[i] + "/slaves"; base::is_accessible(legs, F_OK))
            for (const auto& leg : base::names_in(legs))
                all.push_back(legs + "/" + leg);
    return all;
}

// A disk that comes by iSCSI lies below its session: ".../session1/target.../block/sda".
std::optional<net::IpAddress> iscsi_server_of(const std::string& disk)
{
    for (const auto& part : base::split(real_path(disk), '/')) {
        if (!part.starts_with("session"))
            continue;
        const auto connection = "/sys/class/iscsi_connection/connection" + part.substr(7) + ":0/";
        for (const auto* const name : {"address", "persistent_address"}) // that may be a host's name
            if (auto server =
                    net::IpAddress::parse(base::trim(base::read_file(connection + name).value_or(""))))
                return server;
    }
    return std::nullopt;
}

std::optional<net::IpAddress> iscsi_server(const Mount& root)
{
    for (const auto& disk : disks_of("/sys/dev/block/" + root.device))
        if (auto server = iscsi_server_of(disk))
            return server;
    return std::nullopt;
}

} // namespace

bool is_wireless(const net::IfName& device)
{
    const auto folder = "/sys/class/net/" + device.str();
    return base::is_accessible(folder + "/phy80211", F_OK) || base::is_accessible(folder + "/wireless", F_OK);
}

std::optional<net::IpAddress> root_server()
{
    const auto root = root_mount();
    if (!root)
        return std::nullopt;
    return root->type.starts_with("nfs") ? nfs_server(*root) : iscsi_server(*root);
}

} // namespace xen
