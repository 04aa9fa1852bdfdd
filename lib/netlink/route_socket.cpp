#include "netlink/route_socket.h"

#include "base/error.h"

#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace netlink {

namespace {

constexpr int room_for_events = 212992; // what Linux gives a socket by itself; libnl would give 32768
constexpr const char* listening = "listening to what the kernel tells of its changes";

int group_of(RouteSocket::Listen listen)
{
    switch (listen) {
    case RouteSocket::Listen::to_links:
        return RTNLGRP_LINK;
    case RouteSocket::Listen::to_ipv6_routes:
        return RTNLGRP_IPV6_ROUTE;
    case RouteSocket::Listen::no:
        break;
    }
    return RTNLGRP_NONE;
}

} // namespace

// How the kernel ended its answer.
struct RouteSocket::Answer {
    int code = 0; // errno, 0 for success
    std::string words = {};
    bool interrupted = false; // the list changed while it was read
};

RouteSocket::RouteSocket(Listen listen)
    : connection_(NETLINK_ROUTE)
{
    if (listen != Listen::no
        && (nl_socket_set_buffer_size(connection_.get(), room_for_events, 0) < 0
            || nl_socket_add_membership(connection_.get(), group_of(listen)) < 0))
        throw base::SystemError(errno, listening);
    int on = 1;
    for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK})
        ::setsockopt(connection_.fd(), SOL_NETLINK, option, &on, sizeof on); // older kernels go without
}

// Sends the request and hands all that comes back to the handler.
RouteSocket::Answer RouteSocket::answer_to(Message& request, const std::string& doing, const Handler& handler)
{
    Answer answer;
    const auto sequence = connection_.send(request, doing);
    const auto is_last = [&](const nlmsghdr* head) {
        if (head->nlmsg_seq != sequence)
            return false; // the rest of an answer that an error cut short
        answer.interrupted |= (head->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        if (head->nlmsg_type == NLMSG_ERROR || head->nlmsg_type == NLMSG_DONE) {
            answer.code = -*static_cast<const int*>(nlmsg_data(head));
            if (head->nlmsg_type == NLMSG_ERROR)
                answer.words = kernels_words(head);
            return true;
        }
        handler(head);
        return !(head->nlmsg_flags & NLM_F_MULTI); // a single object; no acknowledgement follows
    };
    while (!connection_.receive(doing, is_last)) { }
    return answer;
}

void RouteSocket::change(Message& message, const std::string& doing)
{
    message.header()->nlmsg_flags |= NLM_F_ACK;
    const auto answer = answer_to(message, doing, [](const nlmsghdr*) {});
    if (answer.code != 0)
        throw base::SystemError(answer.code, doing, answer.words);
}

bool RouteSocket::ask(Message& message, const std::string& doing, const Handler& handler)
{
    const auto answer = answer_to(message, doing, handler);
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
        const auto answer = answer_to(message, doing, handler);
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
    pollfd ready{connection_.fd(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0)
        return false;
    try {
        connection_.receive(listening, [&](const nlmsghdr* head) {
            handler(head);
            return false;
        });
    } catch (const base::SystemError& error) {
        if (error.code != ENOBUFS) // a burst that overran the socket is only a reason to look again
            throw;
    }
    return true;
}

} // namespace netlink
