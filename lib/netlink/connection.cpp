#include "netlink/connection.h"

#include "base/error.h"

#include <netlink/netlink.h>

#include <cerrno>
#include <cstdlib>
#include <new>

namespace netlink {

namespace {

constexpr std::size_t largest_datagram = 32768; // what the kernel fills in one go, at most

} // namespace

Connection::Connection(int protocol)
    : socket_(nl_socket_alloc())
{
    if (!socket_)
        throw std::bad_alloc();
    nl_socket_disable_msg_peek(get()); // or each datagram would be received twice
    nl_socket_disable_auto_ack(get()); // one message more for each look
    if (nl_connect(get(), protocol) < 0 || nl_socket_set_msg_buf_size(get(), largest_datagram) < 0)
        throw base::SystemError(errno, "opening a netlink socket");
}

unsigned Connection::send(Message& message, const std::string& doing)
{
    auto* const head = message.header();
    head->nlmsg_seq = nl_socket_use_seq(get());
    if (nl_sendto(get(), head, head->nlmsg_len) < 0)
        throw base::SystemError(errno, doing);
    return head->nlmsg_seq;
}

// Without libnl's callbacks, through which no exception may pass, and whose codes are fewer than errno's.
bool Connection::receive(const std::string& doing, const std::function<bool(const nlmsghdr*)>& is_last)
{
    sockaddr_nl sender{};
    unsigned char* bytes = nullptr;
    int left = nl_recv(get(), &sender, &bytes, nullptr);
    if (left < 0)
        throw base::SystemError(errno, doing);
    const std::unique_ptr<unsigned char, decltype(&std::free)> owner(left > 0 ? bytes : nullptr, &std::free);
    for (auto* head = reinterpret_cast<nlmsghdr*>(owner.get()); head && nlmsg_ok(head, left);
         head = nlmsg_next(head, &left))
        if (is_last(head))
            return true;
    return false;
}

} // namespace netlink
