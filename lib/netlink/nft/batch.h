// Changes to nftables as the bytes of one transaction: the kernel carries out all of them or none. libnftnl
// makes the messages.
#pragma once

#include "net/nft/nft.h"

#include <linux/netlink.h>

#include <functional>
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

    bool empty() const { return bytes_.empty(); }
    std::size_t size() const { return bytes_.size(); }

    // The whole, from begin to end, each message with a number of its own. The kernel acknowledges the last
    // message before the end.
    std::vector<char> take(unsigned sequence);

private:
    using Fill = std::function<void(nlmsghdr*)>;
    void append(int type, net::nft::Family, std::uint16_t flags, const Fill&);
    void put_elements(int type, std::uint16_t flags, std::span<const net::nft::Element>);

    std::vector<char> bytes_ = {};
    std::size_t last_ = 0; // where the last message begins
};

} // namespace netlink
