// Talks to nf_tables.
#pragma once

#include "netlink/nft/batch.h"

#include <libmnl/libmnl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace netlink {

class NftSocket {
public:
    using Handler = std::function<void(const nlmsghdr*)>;

    // Throws SystemError.
    NftSocket();

    // Closing a socket of nf_tables takes some 12 ms if anybody, we or another, has just removed
    // something: the time until no packet can be using it any more. That is left to a child of
    // ours, which holds the socket until nothing is left to wait for.
    ~NftSocket();

    NftSocket(const NftSocket&) = delete;
    NftSocket& operator=(const NftSocket&) = delete;

    // All of it or nothing. Throws SystemError; `doing` begins its text, and the kernel's own words end it.
    void commit(NftBatch, const std::string& doing);

    // What becomes of packets that no rule of the chain decides about: NF_DROP, NF_ACCEPT; nothing if there
    // is no such chain, or if no hook calls it. The protocol is one of NFPROTO_*. Throws SystemError.
    std::optional<std::uint32_t> chain_policy(
        int protocol, const std::string& table, const std::string& chain);

    // Throws SystemError.
    bool has_table(net::nft::Family, const std::string& name);

    // Hands the elements of a set to the handler, a message with several at a time; none if there
    // is no such set or table. Starts again if the set changed under it, so `begin` is called at the start of
    // each try. Throws SystemError.
    void list(net::nft::Family, const std::string& set, const std::function<void()>& begin, const Handler&);

private:
    void send(const void* bytes, std::size_t size, const std::string& doing);
    bool receive(const std::string& doing, const Handler&);
    bool ask(nlmsghdr* request, const std::string& doing, const Handler&);
    bool list_once(nlmsghdr* request, const std::string& doing, const Handler&);

    struct Close {
        void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
    };
    std::unique_ptr<mnl_socket, Close> socket_;
    unsigned sequence_ = 0;
    bool changed_ = false;
};

} // namespace netlink
