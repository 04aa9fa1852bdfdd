#include "port.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace frames {

namespace {

void enter(const std::string& path)
{
    const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd || ::setns(fd.get(), CLONE_NEWNET) != 0)
        throw base::SystemError(errno, "entering " + path);
}

base::UniqueFd open_on(const std::string& device)
{
    base::UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
    const int on = 1;
    const int room = 64 << 20;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    if (!fd || address.sll_ifindex == 0
        || ::setsockopt(fd.get(), SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) != 0
        || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw base::SystemError(errno, "opening " + device);
    return fd;
}

// The tag that the kernel took off the frame, as the four bytes that it was.
Bytes tag_of(const msghdr& message)
{
    for (auto* head = CMSG_FIRSTHDR(&message); head;
         head = CMSG_NXTHDR(const_cast<msghdr*>(&message), head)) {
        if (head->cmsg_level != SOL_PACKET || head->cmsg_type != PACKET_AUXDATA)
            continue;
        tpacket_auxdata data{};
        std::memcpy(&data, CMSG_DATA(head), sizeof data);
        if (data.tp_status & TP_STATUS_VLAN_VALID)
            return number(data.tp_vlan_tpid, 2) + number(data.tp_vlan_tci, 2);
    }
    return {};
}

} // namespace

Port::Port(const std::string& netns, const std::string& device)
{
    enter("/run/netns/" + netns);
    fd_ = open_on(device);
    enter("/proc/1/ns/net");
}

void Port::send(const Bytes& frame) const
{
    if (::send(fd_.get(), frame.data(), frame.size(), 0) != static_cast<ssize_t>(frame.size()))
        throw base::SystemError(errno, "sending a frame");
}

std::set<Bytes> Port::heard() const
{
    std::set<Bytes> frames;
    std::array<std::uint8_t, 65536> buffer{};
    for (;;) {
        alignas(cmsghdr) std::array<char, 256> control{};
        iovec piece{buffer.data(), buffer.size()};
        msghdr message{};
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const auto got = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT);
        if (got < 12)
            return frames;
        const Bytes addresses(buffer.begin(), buffer.begin() + 12);
        frames.insert(addresses + tag_of(message) + Bytes(buffer.begin() + 12, buffer.begin() + got));
    }
}

} // namespace frames
