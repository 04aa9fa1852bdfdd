#include "netlink/use/key_set.h"

#include "netlink/use/dump.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>

namespace netlink {

using net::Bytes;

KeySet::KeySet(const Exchange& exchange, std::size_t offset, bool by_index)
    : exchange_(exchange)
    , offset_(offset)
    , by_index_(by_index)
{ }

void KeySet::add(const net::Attributes& element)
{
    const auto key = nested(element, NFTA_SET_ELEM_KEY);
    const auto* const begin = key.find(NFTA_DATA_VALUE);
    if (!begin)
        return;
    if (by_index_) {
        has_card_ |= begin->size() >= offset_ + sizeof(int)
            && std::memcmp(begin->data() + offset_, &exchange_.card_index, sizeof(int)) == 0;
        return;
    }
    const auto flags = ntohl(element.get<std::uint32_t>(NFTA_SET_ELEM_FLAGS).value_or(0));
    const bool is_end = (flags & NFT_SET_ELEM_INTERVAL_END) != 0;
    const auto last = nested(element, NFTA_SET_ELEM_KEY_END);
    const auto* const end = last.find(NFTA_DATA_VALUE);
    has_card_ |= !is_end && covers(*begin, end ? *end : *begin, exchange_.card);
    has_successor_ |= !is_end && covers(*begin, end ? *end : *begin, exchange_.successor);
    see_edge(at_card_, exchange_.card, *begin, !is_end);
    see_edge(at_successor_, exchange_.successor, *begin, !is_end);
    ranges_ |= is_end;
}

// The part of the key that is the name.
bool KeySet::covers(const Bytes& begin, const Bytes& end, const NameBytes& name) const
{
    if (std::min(begin.size(), end.size()) < offset_ + name.size())
        return false;
    return std::memcmp(begin.data() + offset_, name.data(), name.size()) <= 0
        && std::memcmp(name.data(), end.data() + offset_, name.size()) <= 0;
}

void KeySet::see_edge(Edge& greatest, const NameBytes& name, const Bytes& key, bool begins)
{
    if (offset_ != 0 || key.size() < name.size() || std::memcmp(key.data(), name.data(), name.size()) > 0)
        return;
    if (key > greatest.key || (key == greatest.key && begins))
        greatest = {key, begins};
}

bool KeySet::tells_apart() const
{
    const bool card = has_card_ || (ranges_ && at_card_.begins);
    const bool successor = has_successor_ || (ranges_ && at_successor_.begins);
    return card && !successor;
}

} // namespace netlink
