#include "netlink/use/dump.h"

#include "base/error.h"

#include <linux/netlink.h>

#include <cerrno>
#include <memory>
#include <optional>

namespace netlink {

namespace {

constexpr std::size_t buffer_size = 32768; // what the kernel fills in one go, at most

struct Close {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using Socket = std::unique_ptr<mnl_socket, Close>;

// Zero, or errno, once the list is at its end.
std::optional<int> take(
    const char* bytes, std::size_t size, const std::function<void(const nlmsghdr*)>& handler)
{
    auto left = static_cast<int>(size);
    for (const auto* head = reinterpret_cast<const nlmsghdr*>(bytes); mnl_nlmsg_ok(head, left);
         head = mnl_nlmsg_next(head, &left)) {
        if (head->nlmsg_type == NLMSG_ERROR || head->nlmsg_type == NLMSG_DONE)
            return mnl_nlmsg_get_payload_len(head) >= sizeof(int)
                ? -*static_cast<const int*>(mnl_nlmsg_get_payload(head))
                : 0;
        handler(head);
    }
    return std::nullopt;
}

} // namespace

void dump(int protocol, Message request, const std::string& doing,
    const std::function<void(const nlmsghdr*)>& handler)
{
    const Socket socket(mnl_socket_open2(protocol, SOCK_CLOEXEC));
    request.header()->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
    if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0
        || mnl_socket_sendto(socket.get(), request.header(), request.header()->nlmsg_len) < 0)
        throw base::SystemError(errno, doing);
    const auto buffer = std::make_unique<char[]>(buffer_size);
    for (;;) {
        const auto got = mnl_socket_recvfrom(socket.get(), buffer.get(), buffer_size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw base::SystemError(errno, doing);
        const auto end = take(buffer.get(), static_cast<std::size_t>(got), handler);
        if (end && *end != 0)
            throw base::SystemError(*end, doing);
        if (end)
            return;
    }
}

net::Attributes attributes_behind(const nlmsghdr* message, std::size_t header)
{
    const auto* const bytes = static_cast<const std::uint8_t*>(mnl_nlmsg_get_payload(message));
    const auto size = mnl_nlmsg_get_payload_len(message);
    const auto begin = MNL_ALIGN(header);
    return size < begin ? net::Attributes() : net::Attributes::parse({bytes + begin, size - begin});
}

net::Attributes nested(const net::Attributes& attributes, std::uint16_t type)
{
    const auto* const value = attributes.find(type);
    return value ? net::Attributes::parse(*value) : net::Attributes();
}

} // namespace netlink
