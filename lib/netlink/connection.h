// A socket of the kernel's netlink, on libnl: sends requests and receives what comes back.
#pragma once

#include "netlink/message.h"

#include <netlink/socket.h>

#include <functional>
#include <memory>
#include <string>

namespace netlink {

class Connection {
public:
    // NETLINK_ROUTE, NETLINK_SOCK_DIAG, ... Throws SystemError.
    explicit Connection(int protocol);

    // Returns the number that the answers will have. `doing` begins the text of the SystemError, here and
    // below.
    unsigned send(Message&, const std::string& doing);

    // Waits for one datagram and shows its messages to `is_last`, until that says yes; false if it did not.
    bool receive(const std::string& doing, const std::function<bool(const nlmsghdr*)>& is_last);

    int fd() const { return nl_socket_get_fd(socket_.get()); }
    nl_sock* get() { return socket_.get(); }

private:
    struct Free {
        void operator()(nl_sock* socket) const { nl_socket_free(socket); }
    };
    std::unique_ptr<nl_sock, Free> socket_;
};

} // namespace netlink
