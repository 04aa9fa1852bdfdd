#include "tunnel/frame/tap.h"

#include "base/error.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace tunnel {

namespace {

constexpr const char* device = "/dev/net/tun";

// Frames waiting on the bridge's side of the tap; beyond it a write fails instead of using ever more memory.
constexpr int send_buffer = 4 * 1024 * 1024;

[[noreturn]] void fail(int code, const net::IfName& name)
{
    const auto attaching = "attaching to the tap " + name.str();
    if (code == EBUSY)
        throw base::Error(attaching + ": it has a relay already, stop that first");
    if (code == EPERM)
        throw base::Error(attaching
            + ": it does not exist or belongs to another user, make it with 'ip tuntap add dev " + name.str()
            + " mode tap user USER'");
    if (code == EINVAL)
        throw base::Error(attaching + ": the name belongs to an interface that is no single-queue tap");
    throw base::SystemError(code, attaching);
}

base::UniqueFd open_device()
{
    base::UniqueFd fd(::open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!fd)
        throw base::SystemError(errno, std::string("opening ") + device);
    return fd;
}

base::UniqueFd attach(const net::IfName& name)
{
    auto fd = open_device();
    ifreq request{};
    std::copy(name.str().begin(), name.str().end(), request.ifr_name);
    request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    if (ioctl(fd.get(), TUNSETIFF, &request) != 0)
        fail(errno, name);
    return fd;
}

} // namespace

Tap Tap::open(const net::IfName& name)
{
    return {attach(name), name};
}

Tap::Tap(base::UniqueFd fd, net::IfName name)
    : fd_(std::move(fd))
    , name_(std::move(name))
{
    constexpr unsigned long offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
    if (ioctl(fd_.get(), TUNSETOFFLOAD, offloads) != 0)
        throw base::SystemError(errno, "switching on the offloads of " + name_.str());
    if (ioctl(fd_.get(), TUNSETSNDBUF, &send_buffer) != 0)
        throw base::SystemError(errno, "limiting the queue of " + name_.str());
}

std::optional<std::size_t> Tap::read(OffloadHeader& offload, std::span<std::uint8_t> frame)
{
    const std::array<iovec, 2> pieces{{{&offload, sizeof offload}, {frame.data(), frame.size()}}};
    const auto count = readv(fd_.get(), pieces.data(), pieces.size());
    if (count >= static_cast<ssize_t>(sizeof offload))
        return static_cast<std::size_t>(count) - sizeof offload;
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        throw base::SystemError(errno, "reading from " + name_.str() + ", which may have been deleted");
    return std::nullopt;
}

Tap::Written Tap::write(const OffloadHeader& offload, std::span<const iovec> pieces)
{
    std::array<iovec, most_pieces + 1> all; // not cleared: this is the hot path
    if (pieces.size() > most_pieces)
        return Written::refused;
    all[0] = {const_cast<OffloadHeader*>(&offload), sizeof offload};
    std::copy(pieces.begin(), pieces.end(), all.begin() + 1);
    if (writev(fd_.get(), all.data(), static_cast<int>(pieces.size() + 1)) > 0)
        return Written::yes;
    return errno == EAGAIN || errno == EIO || errno == ENOBUFS ? Written::no_room : Written::refused;
}

} // namespace tunnel
