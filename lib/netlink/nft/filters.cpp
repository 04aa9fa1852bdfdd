#include "netlink/nft/filters.h"

#include "base/error.h"
#include "net/nft/filter_record.h"
#include "netlink/link_name.h"
#include "netlink/nft/object.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace netlink {

namespace {

using net::Filter;
using net::IfName;
using net::nft::Family;

// A socket takes some 200 KiB at once (net.core.wmem_default), and the elements of one guest may be many.
constexpr std::size_t enough_for_one_transaction = 96 * 1024;

constexpr Family all_families[] = {Family::bridge, Family::inet, Family::arp};

bool overlaps(const base::SystemError& error)
{
    return error.code == EEXIST || error.code == ENOTEMPTY;
}

// A counter of a set's element, and the link and the reason that are its key.
std::optional<net::DropCount> drop_count(nftnl_set_elem* element)
{
    struct Key {
        int link;
        std::uint32_t mark;
    } key{};
    std::uint32_t size = 0;
    const auto* const bytes = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &size);
    const auto* const counter =
        static_cast<const nftnl_expr*>(nftnl_set_elem_get(element, NFTNL_SET_ELEM_EXPR, &size));
    if (!bytes || !counter)
        return std::nullopt;
    std::memcpy(&key, bytes, sizeof key);
    const auto reason = net::drop_reason(key.mark);
    if (!reason)
        return std::nullopt;
    return net::DropCount{key.link, *reason, nftnl_expr_get_u64(counter, NFTNL_EXPR_CTR_PACKETS),
        nftnl_expr_get_u64(counter, NFTNL_EXPR_CTR_BYTES)};
}

void append_counts(std::vector<net::DropCount>& counts, const nlmsghdr* message)
{
    const NftSet set(needed(nftnl_set_alloc()));
    if (nftnl_set_elems_nlmsg_parse(message, set.get()) < 0)
        return;
    const std::unique_ptr<nftnl_set_elems_iter, Release<nftnl_set_elems_iter_destroy>> next(
        needed(nftnl_set_elems_iter_create(set.get())));
    while (auto* const element = nftnl_set_elems_iter_next(next.get()))
        if (const auto count = drop_count(element))
            counts.push_back(*count);
}

} // namespace

NftSocket& Filters::socket() const
{
    if (!socket_)
        socket_ = std::make_unique<NftSocket>();
    return *socket_;
}

// More than one if a change was cut short: then the kernel has one of them.
std::vector<Filter> Filters::on_record(const IfName& owner) const
{
    std::vector<Filter> filters;
    records_.read(owner.str(), [&](const std::string& text) { filters = net::parse_record(text); });
    return filters;
}

void Filters::note(const IfName& owner, const std::vector<Filter>& filters) const
{
    records_.replace(owner.str(), net::to_record(filters));
}

std::optional<Filter> Filters::find(const IfName& owner) const
{
    const auto record = on_record(owner);
    return record.empty() ? std::nullopt : std::optional(record.back());
}

std::vector<Filter> Filters::all() const
{
    std::vector<Filter> filters;
    for (const auto& name : records_.names()) {
        const auto owner = IfName::try_parse(name);
        if (!owner)
            continue;
        try {
            if (auto filter = find(*owner))
                filters.push_back(*std::move(filter));
        } catch (const base::Error& error) { // this interface's misfortune, and nobody else's
            tell_("the filter of " + name + " is not known now: " + error.what());
        }
    }
    return filters;
}

// Takes away what there may be of `before`, and makes the other changes. Networks that overlap
// cannot stand in a set together, so the one that is in the kernel has to go first.
void Filters::commit(std::vector<Filter> before, const NftBatch& after, const std::string& doing)
{
    const auto batch = [&] {
        NftBatch whole;
        for (const auto& filter : before)
            whole.remove_any(elements_of(filter));
        whole.append(after);
        return whole;
    };
    try {
        socket().commit(batch(), doing);
    } catch (const base::SystemError& error) {
        if (!overlaps(error) || before.size() < 2)
            throw;
        std::ranges::reverse(before);
        socket().commit(batch(), doing);
    }
}

// For notes that are not needed any more: what is done in the kernel is not undone for them.
template <class Action> void Filters::anyway(const Action& action) const
{
    try {
        action();
    } catch (const base::SystemError& error) {
        tell_(std::string(error.what()) + ", ignoring");
    }
}

void Filters::install(const Filter& filter)
{
    const auto recorded = on_record(filter.owner);
    auto before = recorded;
    std::erase(before, filter);
    auto both = before;
    both.push_back(filter);
    if (recorded != both)
        note(filter.owner, both);
    const auto doing = "installing the filter of " + filter.owner.str();
    NftBatch batch;
    batch.add(elements_of(filter));
    for (const auto& each : before)
        if (each.link != filter.link) // an earlier device of that name
            batch.remove_any(counters_of(each));
    try {
        commit(before, batch, doing);
    } catch (const base::SystemError& error) {
        if (error.code != ENOENT)
            throw;
        restore_with(batch,
            doing); // the first on this host, or somebody flushed the rule set
        commit(before, batch, doing);
    }
    if (!before.empty())
        anyway([&] { note(filter.owner, {filter}); }); // one too many on record does no harm
}

void Filters::remove(const IfName& owner)
{
    const auto record = on_record(owner);
    const auto doing = "removing the filter of " + owner.str();
    NftBatch counters;
    for (const auto& filter : record)
        counters.remove_any(counters_of(filter));
    try {
        if (!record.empty())
            commit(record, counters, doing);
    } catch (const base::SystemError& error) {
        if (error.code != ENOENT)
            throw;
        restore_with(counters, doing); // somebody flushed the rule set: what is
                                       // left of it may hold some
        commit(record, {}, doing);
    }
    anyway([&] { records_.remove(owner.str()); });
}

// In pieces that the kernel takes, the rules first: from then on, each piece closes some guests more. A guest
// is whole in one of them.
void Filters::restore_with(const NftBatch& last, const std::string& doing)
{
    NftBatch piece;
    for (const auto family : all_families)
        piece.add(net::filter_table(family));
    for (const auto& filter : all()) {
        if (!link_name(filter.link))
            continue;
        piece.add(elements_of(filter));
        if (piece.size() > enough_for_one_transaction)
            socket().commit(std::exchange(piece, {}), doing);
    }
    piece.append(last);
    if (!piece.empty())
        socket().commit(std::move(piece), doing);
}

void Filters::restore()
{
    restore_with({}, "restoring the filters");
}

std::vector<net::DropCount> Filters::drops() const
{
    std::vector<net::DropCount> counts;
    for (const auto family : all_families) {
        const auto before = static_cast<std::ptrdiff_t>(counts.size());
        socket().list(
            family, "drops", [&] { counts.erase(counts.begin() + before, counts.end()); },
            [&](const nlmsghdr* message) { append_counts(counts, message); });
    }
    return counts;
}

} // namespace netlink
