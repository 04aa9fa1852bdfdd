// The filters of the host: what is in nf_tables, and our record of it, one for each interface.
//
// A record is written before the kernel is told and removed after, so whatever is in the kernel is
// on record, even when we are killed in between. What is left behind is therefore found without
// ever listing a rule set.
//
// A record that is damaged, or cannot be read now, is its own interface's: where all are asked for, it is
// told and the others are there.
#pragma once

#include "base/record_folder.h"
#include "net/nft/filter.h"
#include "netlink/nft/socket.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netlink {

class Filters {
public:
    // The records are in the folder; `tell` hears what is wrong with them.
    Filters(std::string folder, const base::RecordFolder::Tell& tell)
        : records_(std::move(folder), "", tell)
        , tell_(tell)
    { }

    // What the interface has; the latest if a change was cut short. Throws SystemError.
    std::optional<net::Filter> find(const net::IfName& owner) const;
    std::vector<net::Filter> all() const;

    // One transaction. In place of what the interface had, if anything.
    void install(const net::Filter&);

    // No error if there is none.
    void remove(const net::IfName& owner);

    // Puts the tables back, with the filters of those interfaces that are there, however many: in as many
    // transactions as that takes, and without a moment without those that are in place.
    void restore();

    // Of all interfaces that ever had a frame dropped and are still on record.
    std::vector<net::DropCount> drops() const;

private:
    NftSocket& socket() const;
    std::vector<net::Filter> on_record(const net::IfName& owner) const;
    template <class Action> void anyway(const Action&) const;
    void note(const net::IfName& owner, const std::vector<net::Filter>&) const;
    void commit(std::vector<net::Filter> before, const NftBatch& after, const std::string& doing);
    void restore_with(const NftBatch&, const std::string& doing);

    base::RecordFolder records_;
    base::RecordFolder::Tell tell_;
    mutable std::unique_ptr<NftSocket> socket_ = {};
};

} // namespace netlink
