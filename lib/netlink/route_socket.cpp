#include "netlink/route_socket.h"

#include "base/error.h"
#include "net/attributes.h"

#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace netlink {

namespace {

// The text that the kernel sent with its answer (NLMSGERR_ATTR_MSG), if any.
std::string kernels_words(const nlmsghdr* head)
{
    const auto* const error = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(head));
    std::size_t skipped = sizeof(nlmsgerr);
    if (!(head->nlmsg_flags & NLM_F_CAPPED) && error->error != 0)
        skipped += error->msg.nlmsg_len - sizeof(nlmsghdr);
    const auto size = mnl_nlmsg_get_payload_len(head);
    if (!(head->nlmsg_flags & NLM_F_ACK_TLVS) || skipped >= size)
        return {};
    const auto* const bytes = static_cast<const std::uint8_t*>(mnl_nlmsg_get_payload(head));
    return net::Attributes::parse({bytes + skipped, size - skipped}).text(NLMSGERR_ATTR_MSG);
}

} // namespace

// How the kernel ended its answer.
struct RouteSocket::Answer {
    int code = 0; // errno, 0 for success
    std::string words = {};
    bool interrupted = false; // the list changed while it was read
};

RouteSocket::RouteSocket(Listen listen)
    : socket_(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC))
    , buffer_(new char[buffer_size])
{
    const unsigned groups = listen == Listen::to_links ? RTMGRP_LINK
        : listen == Listen::to_ipv6_routes             ? RTMGRP_IPV6_ROUTE
                                                       : 0;
    if (!socket_ || mnl_socket_bind(socket_.get(), groups, MNL_SOCKET_AUTOPID) != 0)
        throw base::SystemError(errno, "opening a netlink socket");
    int on = 1;
    for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK})
        mnl_socket_setsockopt(socket_.get(), option, &on, sizeof on); // older kernels go without
}

void RouteSocket::send(Message& message, const std::string& doing)
{
    message.header()->nlmsg_seq = ++sequence_;
    if (mnl_socket_sendto(socket_.get(), message.header(), message.header()->nlmsg_len) < 0)
        throw base::SystemError(errno, doing);
}

std::size_t RouteSocket::receive(const std::string& doing)
{
    for (;;) {
        const auto got = mnl_socket_recvfrom(socket_.get(), buffer_.get(), buffer_size);
        if (got >= 0)
            return static_cast<std::size_t>(got);
        if (errno != EINTR)
            throw base::SystemError(errno, doing);
    }
}

RouteSocket::Answer RouteSocket::answers(const std::string& doing, const Handler& handler)
{
    Answer answer;
    for (;;) {
        auto left = static_cast<int>(receive(doing));
        for (const auto* head = reinterpret_cast<const nlmsghdr*>(buffer_.get()); mnl_nlmsg_ok(head, left);
             head = mnl_nlmsg_next(head, &left)) {
            if (head->nlmsg_seq != sequence_)
                continue; // the rest of an answer that an error cut short
            answer.interrupted |= (head->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
            if (head->nlmsg_type == NLMSG_ERROR || head->nlmsg_type == NLMSG_DONE) {
                answer.code = -*static_cast<const int*>(mnl_nlmsg_get_payload(head));
                if (head->nlmsg_type == NLMSG_ERROR)
                    answer.words = kernels_words(head);
                return answer;
            }
            handler(head);
            if (!(head->nlmsg_flags & NLM_F_MULTI))
                return answer; // a single object; no acknowledgement follows
        }
    }
}

void RouteSocket::change(Message& message, const std::string& doing)
{
    message.header()->nlmsg_flags |= NLM_F_ACK;
    send(message, doing);
    const auto answer = answers(doing, [](const nlmsghdr*) {});
    if (answer.code != 0)
        throw base::SystemError(answer.code, doing, answer.words);
}

bool RouteSocket::ask(Message& message, const std::string& doing, const Handler& handler)
{
    send(message, doing);
    const auto answer = answers(doing, handler);
    if (answer.code == ENODEV || answer.code == ENOENT)
        return false;
    if (answer.code != 0)
        throw base::SystemError(answer.code, doing, answer.words);
    return true;
}

void RouteSocket::list(
    Message& message, const std::string& doing, const std::function<void()>& begin, const Handler& handler)
{
    message.header()->nlmsg_flags |= NLM_F_DUMP;
    for (;;) {
        begin();
        send(message, doing);
        const auto answer = answers(doing, handler);
        if (answer.code != 0)
            throw base::SystemError(answer.code, doing, answer.words);
        if (!answer.interrupted)
            return;
    }
}

bool RouteSocket::next_event(std::chrono::steady_clock::time_point deadline, const Handler& handler)
{
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ready{mnl_socket_get_fd(socket_.get()), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0)
        return false;
    const auto got = mnl_socket_recvfrom(socket_.get(), buffer_.get(), buffer_size);
    auto length =
        static_cast<int>(got); // a burst that overran the socket (ENOBUFS) is only a reason to look again
    for (const auto* head = reinterpret_cast<const nlmsghdr*>(buffer_.get());
         got > 0 && mnl_nlmsg_ok(head, length); head = mnl_nlmsg_next(head, &length))
        handler(head);
    return true;
}

} // namespace netlink
