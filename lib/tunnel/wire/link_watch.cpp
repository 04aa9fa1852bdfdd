#include "tunnel/wire/link_watch.h"

#include "base/error.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace tunnel {

namespace {

// Only rung, hardly read: lib/netlink is not needed for a bell.
base::UniqueFd open_bell()
{
    base::UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE;
    if (!fd || bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw base::SystemError(errno, "watching the interfaces");
    return fd;
}

void note_deleted(const char* messages, unsigned length, std::vector<unsigned>& deleted)
{
    const auto* message = reinterpret_cast<const nlmsghdr*>(messages);
    for (; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
        if (message->nlmsg_type != RTM_DELLINK || message->nlmsg_len < NLMSG_LENGTH(sizeof(ifinfomsg)))
            continue;
        const auto* const link = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
        deleted.push_back(static_cast<unsigned>(link->ifi_index));
    }
}

} // namespace

LinkWatch::LinkWatch(Loop& loop, Changed changed)
    : loop_(loop)
    , fd_(open_bell())
    , changed_(std::move(changed))
{
    loop_.watch(fd_.get(), EPOLLIN, [this](std::uint32_t) { drain(); });
}

LinkWatch::~LinkWatch()
{
    loop_.forget(fd_.get());
}

void LinkWatch::drain()
{
    alignas(nlmsghdr) std::array<char, 16384> buffer;
    std::vector<unsigned> deleted;
    for (;;) {
        const auto length = recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (length > 0)
            note_deleted(buffer.data(), static_cast<unsigned>(length), deleted);
        else if (errno != ENOBUFS && errno != EINTR)
            break;
    }
    changed_(deleted);
}

} // namespace tunnel
