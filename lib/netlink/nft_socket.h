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

    // Closing a socket of nf_tables takes some 12 ms if anybody, we or another, has just removed
    // something: the time until no packet can be using it any more. That is left to a child of
    // ours, which holds the socket until nothing is left to wait for.
    ~NftSocket();

    NftSocket(const NftSocket&) = delete;
    NftSocket& operator=(const NftSocket&) = delete;

    // All of it or nothing. Throws SystemError; `doing` begins its text.
    void commit(NftBatch, const std::string& doing);

    // Throws SystemError.
    bool has_table(net::nft::Family, const std::string& name);

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
    bool changed_ = false;
};

} // namespace netlink
