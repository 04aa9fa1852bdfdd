// The keys of a set of nftables, as far as they name the card or what takes its place.
#pragma once

#include "net/attributes.h"
#include "netlink/use/interface_names.h"

namespace netlink {

class KeySet {
public:
    // Where in a key the interface stands, and whether by number.
    KeySet(const Exchange&, std::size_t offset, bool by_index);

    void add(const net::Attributes& element);

    // Whether the card is in the set and its successor is not.
    bool tells_apart() const;

private:
    // Of a set of ranges, the greatest edge up to a name: what else there is, however much, is of no
    // interest.
    struct Edge {
        net::Bytes key = {};
        bool begins = false;
    };
    bool covers(const net::Bytes& begin, const net::Bytes& end, const NameBytes&) const;
    void see_edge(Edge& greatest, const NameBytes&, const net::Bytes& key, bool begins);

    const Exchange& exchange_;
    std::size_t offset_;
    bool by_index_;
    bool has_card_ = false;
    bool has_successor_ = false;
    bool ranges_ = false;
    Edge at_card_ = {};
    Edge at_successor_ = {};
};

} // namespace netlink
