#include "netlink/nft_socket.h"

#include "base/error.h"

#include <linux/close_range.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <limits>

namespace netlink {

namespace {

constexpr unsigned longer_than_the_parent_us = 5000;

void close_range(int first, unsigned last)
{
    ::syscall(SYS_close_range, static_cast<unsigned>(first), last, 0U);
}

// All others have to go: whoever waits for the end of our output would wait for the child's too.
void close_all_but(int fd)
{
    if (fd > 0)
        close_range(0, static_cast<unsigned>(fd - 1));
    close_range(fd + 1, std::numeric_limits<unsigned>::max());
}

int errno_of(const nlmsghdr* head)
{
    return -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(head))->error;
}

} // namespace

NftSocket::NftSocket()
    : socket_(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC))
{
    if (!socket_ || mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) != 0)
        throw base::SystemError(errno, "opening a netfilter socket");
    int on = 1;
    mnl_socket_setsockopt(socket_.get(), NETLINK_CAP_ACK, &on,
        sizeof on); // older kernels go without
}

NftSocket::~NftSocket()
{
    if (!removed_ || ::fork() != 0)
        return;
    close_all_but(mnl_socket_get_fd(socket_.get()));
    ::usleep(longer_than_the_parent_us);
    ::_exit(0);
}

void NftSocket::commit(NftBatch batch, const std::string& doing)
{
    const auto first = sequence_ + 1;
    removed_ |= batch.removes();
    const auto bytes = batch.take(first);
    // The kernel is done when this returns; what it has to say waits in the socket.
    if (mnl_socket_sendto(socket_.get(), bytes.data(), bytes.size()) < 0)
        throw base::SystemError(errno, doing);
    sequence_ += static_cast<unsigned>(bytes.size()); // more than there were messages
    std::array<char, 8192> buffer;
    int failure = ENOMSG;
    for (;;) {
        const auto got = ::recv(mnl_socket_get_fd(socket_.get()), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        auto left = static_cast<int>(got);
        for (const auto* head = reinterpret_cast<const nlmsghdr*>(buffer.data()); mnl_nlmsg_ok(head, left);
             head = mnl_nlmsg_next(head, &left))
            if (head->nlmsg_type == NLMSG_ERROR && head->nlmsg_seq >= first
                && (failure == ENOMSG || failure == 0))
                failure = errno_of(head);
    }
    if (failure != 0)
        throw base::SystemError(failure, doing);
}

void NftSocket::list(net::nft::Family family, const std::string& set, const Handler& handler)
{
    auto request = elements_request(family, set);
    request.header()->nlmsg_seq = ++sequence_;
    if (mnl_socket_sendto(socket_.get(), request.header(), request.header()->nlmsg_len) < 0)
        throw base::SystemError(errno, "reading the set " + set);
    const auto buffer = std::make_unique<char[]>(32768);
    for (;;) {
        const auto got = mnl_socket_recvfrom(socket_.get(), buffer.get(), 32768);
        if (got < 0)
            throw base::SystemError(errno, "reading the set " + set);
        auto left = static_cast<int>(got);
        for (const auto* head = reinterpret_cast<const nlmsghdr*>(buffer.get()); mnl_nlmsg_ok(head, left);
             head = mnl_nlmsg_next(head, &left)) {
            if (head->nlmsg_type == NLMSG_DONE)
                return;
            if (head->nlmsg_type != NLMSG_ERROR)
                handler(head);
            else if (errno_of(head) == ENOENT)
                return;
            else
                throw base::SystemError(errno_of(head), "reading the set " + set);
        }
    }
}

} // namespace netlink
