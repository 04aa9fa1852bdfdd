#include "netlink/use/socket_use.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "netlink/use/dump.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

#include <cerrno>
#include <span>

namespace netlink {

namespace {

using net::SocketUse;

constexpr std::size_t most_sockets = 256;

struct Kind {
    const char* name;
    std::uint8_t protocol;
};

// The kernel picks those that are bound to the device (INET_DIAG_BC_DEV_COND): yes goes on behind the
// condition, no beyond the end.
struct Condition {
    inet_diag_bc_op operation;
    std::uint32_t index;
};

Message request(int family, std::uint8_t protocol, int index)
{
    Message message(SOCK_DIAG_BY_FAMILY, 0);
    inet_diag_req_v2 question{};
    question.sdiag_family = static_cast<std::uint8_t>(family);
    question.sdiag_protocol = protocol;
    question.idiag_states = ~0U;
    message.add_header(question);
    const Condition condition{
        {INET_DIAG_BC_DEV_COND, sizeof(Condition), sizeof(Condition) + 4}, static_cast<std::uint32_t>(index)};
    message.put(INET_DIAG_REQ_BYTECODE,
        std::span(reinterpret_cast<const std::uint8_t*>(&condition), sizeof condition));
    return message;
}

void append_inet(std::vector<SocketUse>& found, int family, const Kind& kind, int index)
{
    const auto take = [&](const nlmsghdr* message) {
        if (nlmsg_datalen(message) < static_cast<int>(sizeof(inet_diag_msg)) || found.size() >= most_sockets)
            return;
        const auto* const socket = static_cast<const inet_diag_msg*>(nlmsg_data(message));
        if (socket->id.idiag_if == static_cast<std::uint32_t>(index))
            found.push_back({kind.name, ntohs(socket->id.idiag_sport), socket->idiag_inode});
    };
    try {
        dump(NETLINK_SOCK_DIAG, request(family, kind.protocol, index), "listing sockets", take);
    } catch (const base::SystemError& error) { // a kernel that tells nothing of sockets of the kind
        if (error.code != ENOENT && error.code != EPROTONOSUPPORT && error.code != EOPNOTSUPP)
            throw;
    }
}

// sk, users, type, protocol, device, running, memory, user, inode (net/packet/af_packet.c).
void append_packet(std::vector<SocketUse>& found, int index)
{
    for (const auto& line : base::split(base::read_file("/proc/net/packet").value_or(""), '\n')) {
        const auto words = base::words(line);
        if (words.size() >= 9 && words[4] == std::to_string(index) && found.size() < most_sockets)
            found.push_back({"packet", 0, base::parse_number(words[8]).value_or(0)});
    }
}

} // namespace

std::vector<SocketUse> bound_sockets(int index)
{
    std::vector<SocketUse> found;
    for (const int family : {AF_INET, AF_INET6})
        for (const auto& kind :
            {Kind{"tcp", IPPROTO_TCP}, Kind{"udp", IPPROTO_UDP}, Kind{"raw", IPPROTO_RAW}})
            append_inet(found, family, kind, index);
    append_packet(found, index);
    return found;
}

} // namespace netlink
