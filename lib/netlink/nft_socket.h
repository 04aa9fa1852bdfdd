// Talks to nf_tables.
#pragma once

#include "netlink/nft_batch.h"

#include <functional>
#include <memory>
#include <string>

namespace netlink {

class NftSocket {
public:
    // Throws SystemError.
    NftSocket();

    // Closing a socket through which something was removed takes the kernel some 12 ms, the time
    // until no packet can be using it any more. That wait is left to a child of ours, which holds
    // the socket a little longer than we do.
    ~NftSocket();

    NftSocket(const NftSocket&) = delete;
    NftSocket& operator=(const NftSocket&) = delete;

    // All of it or nothing. Throws SystemError; `doing` begins its text.
    void commit(NftBatch, const std::string& doing);

    // Hands the elements of a set to the handler, a message with several at a time; none if there
    // is no such set or table. Throws SystemError.
    using Handler = std::function<void(const nlmsghdr*)>;
    void list(net::nft::Family, const std::string& set, const Handler&);

private:
    struct Close {
        void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
    };
    std::unique_ptr<mnl_socket, Close> socket_;
    unsigned sequence_ = 0;
    bool removed_ = false;
};

} // namespace netlink
