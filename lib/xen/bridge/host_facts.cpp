#include "xen/bridge/host_facts.h"

#include "base/file.h"
#include "base/text.h"

#include <unistd.h>

#include <array>
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

std::string link_target(const std::string& path)
{
    std::array<char, 4096> target{};
    const auto length = ::readlink(path.c_str(), target.data(), target.size());
    return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string();
}

// A disk that comes by iSCSI lies below its session: ".../session1/target.../block/sda".
std::optional<net::IpAddress> iscsi_server(const Mount& root)
{
    for (const auto& part : base::split(link_target("/sys/dev/block/" + root.device), '/')) {
        if (!part.starts_with("session"))
            continue;
        const auto connection =
            "/sys/class/iscsi_connection/connection" + part.substr(7) + ":0/persistent_address";
        return net::IpAddress::parse(base::trim(base::read_file(connection).value_or("")));
    }
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
