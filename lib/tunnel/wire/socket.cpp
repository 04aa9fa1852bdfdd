#include "tunnel/wire/socket.h"

#include "base/error.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace tunnel {

base::UniqueFd open_socket(int family, int type, const std::string& doing)
{
    base::UniqueFd fd(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd)
        throw base::SystemError(errno, doing);
    return fd;
}

void set_option(int fd, int level, int option, int value, const std::string& doing)
{
    if (!try_option(fd, level, option, value))
        throw base::SystemError(errno, doing);
}

bool try_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

void enlarge_receive_buffer(int fd)
{
    constexpr int wish = 8 * 1024 * 1024;
    if (!try_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, wish))
        try_option(fd, SOL_SOCKET, SO_RCVBUF, wish);
}

unsigned receive_buffer(int fd)
{
    unsigned granted = 0;
    socklen_t length = sizeof granted;
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &length);
    return granted;
}

void bind_to(int fd, const SocketAddress& address, const std::string& doing)
{
    if (bind(fd, address.get(), address.length) == 0)
        return;
    if (errno == EADDRNOTAVAIL)
        throw base::Error(doing + ": this host does not have the address");
    if (errno == EADDRINUSE)
        throw base::Error(doing + ": another program has the port");
    throw base::SystemError(errno, doing);
}

unsigned index_of(const std::optional<net::DeviceName>& device)
{
    if (!device)
        return 0;
    const auto index = find_index(*device);
    if (index == 0)
        throw base::Error("dev=" + device->str() + ": there is no such interface");
    return index;
}

unsigned find_index(const net::DeviceName& device)
{
    return if_nametoindex(device.str().c_str());
}

void bind_to_device(int fd, const std::optional<net::DeviceName>& device)
{
    if (!device)
        return;
    const auto& name = device->str();
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name.c_str(), static_cast<socklen_t>(name.size() + 1))
        != 0)
        throw base::SystemError(errno, "using dev=" + name);
}

std::string name_of(unsigned index)
{
    std::array<char, IF_NAMESIZE> name{};
    return if_indextoname(index, name.data()) != nullptr ? name.data() : "";
}

unsigned mtu_of(const std::string& interface)
{
    const base::UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::copy_n(
        interface.begin(), std::min<std::size_t>(interface.size(), IF_NAMESIZE - 1), request.ifr_name);
    return ioctl(fd.get(), SIOCGIFMTU, &request) == 0 ? static_cast<unsigned>(request.ifr_mtu) : 0;
}

Endpoint local_end(int fd)
{
    SocketAddress address;
    getsockname(fd, address.get(), &address.length);
    return address.endpoint();
}

} // namespace tunnel
