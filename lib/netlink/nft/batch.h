// Changes to nftables as the bytes of one transaction: the kernel carries out all of them or none.
//
// The messages are built by hand on libmnl. libnftnl would be one more library to load on every
// start of a guest, and what we send on that path is nothing but elements of sets.
#pragma once

#include "net/nft/nft.h"
#include "netlink/message.h"

#include <span>
#include <string>
#include <vector>

namespace netlink {

// The table that elements belong to is the one of filter_table().
inline constexpr const char* nft_table = "dom0net";

class NftBatch {
public:
    // Puts the table in place, whatever there is of it: sets keep their elements, chains get their
    // rules anew.
    void add(const net::nft::Table&);

    // With all that is in it; none is no error.
    void remove(const net::nft::Table&);

    // Those that are there already are no error.
    void add(std::span<const net::nft::Element>);

    // Those that are not there make the transaction fail (ENOENT).
    void remove(std::span<const net::nft::Element>);

    // The same, also if only some or none are there: they are added first.
    void remove_any(std::span<const net::nft::Element>);

    // All of the other's changes after our own.
    void append(const NftBatch&);

    bool empty() const { return messages_ == 0; }
    std::size_t size() const { return bytes_.size(); }

    // The whole, from begin to end. The kernel acknowledges the last message before the end.
    std::vector<char> take(unsigned sequence);

private:
    void append(Message);
    void put_elements(std::uint16_t type, std::span<const net::nft::Element>);

    std::vector<char> bytes_ = {};
    std::size_t last_ = 0; // where the last message begins
    unsigned messages_ = 0;
};

// What an answer of nf_tables says.
net::Attributes attributes_of(const nlmsghdr*);

// A request that asks for a table.
Message table_request(net::nft::Family, const std::string& name);

// A request that asks for a chain. The protocol is one of NFPROTO_*.
Message chain_request(int protocol, const std::string& table, const std::string& chain);

// The policy in the answer to that.
std::optional<std::uint32_t> policy_of(const nlmsghdr*);

// A request that asks for the elements of a set.
Message elements_request(net::nft::Family, const std::string& set);

} // namespace netlink
