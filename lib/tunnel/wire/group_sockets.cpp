#include "tunnel/wire/group_sockets.h"

#include "base/error.h"
#include "tunnel/frame/checksum.h"
#include "tunnel/wire/socket.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace tunnel {

namespace {

constexpr int send_buffer = 4 * 1024 * 1024;

std::string joining(const Config& config)
{
    return "joining the group " + to_string(config.remote);
}

void connect_to(int fd, const SocketAddress& address, const std::string& doing)
{
    if (connect(fd, address.get(), address.length) == 0)
        return;
    if (errno == ENETUNREACH || errno == ENODEV)
        throw base::Error(doing + ": no route leads there, name the interface with dev=");
    throw base::SystemError(errno, doing);
}

// Drops in the kernel what we sent ourselves: our own port and our own address. The program sees a datagram
// from its UDP header on; the IP header is reached through SKF_NET_OFF.
void ignore_own(int fd, const Endpoint& own, const std::string& doing)
{
    std::array<sock_filter, 6> program{{
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), // source port
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, own.port, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_NET_OFF + 12)), // source address
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, get32(own.address.bytes.data()), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    }};
    const sock_fprog filter{program.size(), program.data()};
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0)
        throw base::SystemError(errno, doing);
}

ip_mreqn membership(const Config& config, unsigned index)
{
    ip_mreqn request{};
    std::memcpy(&request.imr_multiaddr, config.remote.address.bytes.data(), 4);
    request.imr_ifindex = static_cast<int>(index);
    return request;
}

void join(int fd, const Config& config, unsigned index)
{
    const auto request = membership(config, index);
    if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) != 0)
        throw base::SystemError(errno, joining(config));
}

bool has_address(const ifaddrs& entry, const Endpoint& endpoint)
{
    if (entry.ifa_addr == nullptr || entry.ifa_addr->sa_family != endpoint.address.family)
        return false;
    SocketAddress address;
    std::memcpy(&address.storage, entry.ifa_addr,
        endpoint.address.family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    return address.endpoint().address == endpoint.address;
}

} // namespace

base::UniqueFd open_group_sender(const Config& config)
{
    const auto doing = joining(config);
    auto fd = open_socket(AF_INET, SOCK_DGRAM, doing);
    ip_mreqn interface { };
    interface.imr_ifindex = static_cast<int>(index_of(config.device));
    if (config.device && setsockopt(fd.get(), IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface) != 0)
        throw base::SystemError(errno, doing);
    set_option(fd.get(), IPPROTO_IP, IP_MULTICAST_TTL, static_cast<int>(config.ttl), doing);
    set_option(fd.get(), IPPROTO_IP, IP_MULTICAST_LOOP, config.loop ? 1 : 0, doing);
    try_option(fd.get(), SOL_SOCKET, SO_SNDBUF, send_buffer);
    connect_to(fd.get(), SocketAddress(config.remote), doing);
    if (local_end(fd.get()).port == config.remote.port)
        return open_group_sender(
            config); // the port of the group, by chance: QEMU's frames would look like ours
    return fd;
}

base::UniqueFd open_group_receiver(const Config& config, unsigned index, const Endpoint& own)
{
    const auto doing = joining(config);
    auto fd = open_socket(AF_INET, SOCK_DGRAM, doing);
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1, doing);
    set_option(fd.get(), IPPROTO_IP, IP_MULTICAST_ALL, 0, doing);
    ignore_own(fd.get(), own, doing);
    enlarge_receive_buffer(fd.get());
    try_option(fd.get(), IPPROTO_UDP, UDP_GRO, 1);
    bind_to(fd.get(), SocketAddress(config.remote), doing);
    join(fd.get(), config, index);
    return fd;
}

bool join_anew(int receiver, const Config& config, unsigned index)
{
    const auto request = membership(config, index);
    return setsockopt(receiver, IPPROTO_IP, IP_DROP_MEMBERSHIP, &request, sizeof request) == 0
        && setsockopt(receiver, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) == 0;
}

base::UniqueFd open_pair_socket(const Config& config)
{
    const auto doing = "opening local=" + to_string(*config.local);
    auto fd = open_socket(config.remote.address.family, SOCK_DGRAM, doing);
    const auto scope = index_of(config.device);
    bind_to_device(fd.get(), config.device);
    enlarge_receive_buffer(fd.get());
    try_option(fd.get(), SOL_SOCKET, SO_SNDBUF, send_buffer);
    try_option(fd.get(), IPPROTO_UDP, UDP_GRO, 1);
    bind_to(fd.get(), SocketAddress(*config.local, scope), doing);
    connect_to(fd.get(), SocketAddress(config.remote, scope), "reaching address=" + to_string(config.remote));
    return fd;
}

unsigned outgoing_index(int fd)
{
    const auto own = local_end(fd);
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0)
        return 0;
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
    for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next)
        if (has_address(*entry, own))
            return if_nametoindex(entry->ifa_name);
    return 0;
}

unsigned path_mtu(int fd, int family)
{
    unsigned mtu = 0;
    socklen_t length = sizeof mtu;
    const bool v6 = family == AF_INET6;
    getsockopt(fd, v6 ? int(IPPROTO_IPV6) : int(IPPROTO_IP), v6 ? IPV6_MTU : IP_MTU, &mtu, &length);
    return mtu;
}

unsigned dropped_by_kernel(int fd)
{
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t length = sizeof memory;
    getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory.data(), &length);
    return memory[SK_MEMINFO_DROPS];
}

} // namespace tunnel
