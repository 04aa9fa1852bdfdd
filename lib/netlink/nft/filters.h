// The filters of the host: what is in nf_tables, and our record of it in /run/dom0net/filters, one
// file for each interface.
//
// A record is written before the kernel is told and removed after, so whatever is in the kernel is
// on record, even when we are killed in between. What is left behind is therefore found without
// ever listing a rule set.
#pragma once

#include "net/nft/filter.h"
#include "netlink/nft/socket.h"

#include <memory>
#include <optional>
#include <vector>

namespace netlink {

class Filters {
public:
    // What the interface has; the latest if a change was cut short.
    std::optional<net::Filter> find(const net::IfName& owner) const;
    std::vector<net::Filter> all() const;

    // One transaction. In place of what the interface had, if anything.
    void install(const net::Filter&);

    // No error if there is none.
    void remove(const net::IfName& owner);

    // Puts the tables back, with the filters of those interfaces that are there: in one
    // transaction, and without a moment without those that are in place.
    void restore();

    // Of all interfaces that ever had a frame dropped and are still on record.
    std::vector<net::DropCount> drops() const;

private:
    NftSocket& socket() const;
    void commit(std::vector<net::Filter> before, const NftBatch& after, const std::string& doing);
    void restore_with(const NftBatch&, const std::string& doing);

    mutable std::unique_ptr<NftSocket> socket_;
};

} // namespace netlink
