#include "netlink/nft/note.h"

#include "netlink/nft/object.h"

#include <libnftnl/udata.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>

namespace netlink {

namespace {

using net::Bytes;
using net::nft::KeyPart;
using net::nft::Set;

// The numbers of nftables' own headers.
constexpr std::uint32_t no_order = 0;
constexpr std::uint32_t host_order = 1;
constexpr std::uint32_t network_order = 2;
constexpr std::uint32_t payload_expression = 7;
constexpr std::uint32_t meta_expression = 9;
constexpr std::uint32_t concatenation = 13;
constexpr std::uint32_t transport_header = 3;

constexpr std::uint32_t longest = 256; // what the kernel keeps with a set

using Note = std::unique_ptr<nftnl_udata_buf, Release<nftnl_udata_buf_free>>;

// What is put into the note while it lives lies within the item.
class Within {
public:
    Within(nftnl_udata_buf* note, std::uint8_t type)
        : note_(note)
        , begin_(nftnl_udata_nest_start(note, type))
    { }
    ~Within() { nftnl_udata_nest_end(note_, begin_); }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;

private:
    nftnl_udata_buf* note_;
    nftnl_udata* begin_;
};

bool is_raw(KeyPart part)
{
    return part == KeyPart::raw_ethernet || part == KeyPart::raw_ipv6;
}

// "meta iif", or "@th,288,48": the numbers of an expression's own fields, counted from 0.
void put_expression(nftnl_udata_buf* note, std::uint32_t kind, std::initializer_list<std::uint32_t> fields)
{
    nftnl_udata_put_u32(note, NFTNL_UDATA_SET_TYPEOF_EXPR, kind);
    const Within data(note, NFTNL_UDATA_SET_TYPEOF_DATA);
    std::uint8_t number = 0;
    for (const auto field : fields)
        nftnl_udata_put_u32(note, number++, field);
}

void put_part(nftnl_udata_buf* note, KeyPart part)
{
    if (!is_raw(part))
        return put_expression(note, meta_expression, {NFT_META_IIF});
    const std::uint32_t offset = part == KeyPart::raw_ethernet ? 288 : 64;
    put_expression(note, payload_expression, {0, 0, transport_header, offset, size_of(part) * 8});
}

// What makes up a key that nft has no name for.
void put_typeof(nftnl_udata_buf* note, const Set& set)
{
    const Within whole(note, NFTNL_UDATA_SET_KEY_TYPEOF);
    nftnl_udata_put_u32(note, NFTNL_UDATA_SET_TYPEOF_EXPR, concatenation);
    const Within data(note, NFTNL_UDATA_SET_TYPEOF_DATA);
    std::uint8_t number = 0;
    for (const auto part : set.key) {
        const Within field(note, number++);
        put_part(note, part);
    }
}

std::uint32_t type_number(KeyPart part)
{
    switch (part) {
    case KeyPart::interface:
        return 20;
    case KeyPart::mark:
        return 19;
    case KeyPart::ethernet:
        return 9;
    case KeyPart::ipv4:
        return 7;
    case KeyPart::ipv6:
        return 8;
    case KeyPart::raw_ethernet:
    case KeyPart::raw_ipv6:
        return 4;
    }
    return 0;
}

// Of a key with several parts, each has its own.
std::uint32_t byte_order(const Set& set)
{
    if (set.key.size() != 1)
        return no_order;
    return set.key.front() == KeyPart::interface ? host_order : network_order;
}

} // namespace

std::uint32_t key_type(const Set& set)
{
    std::uint32_t type = 0;
    for (const auto part : set.key)
        type = type << 6 | type_number(part);
    return type;
}

Bytes note_of(const Set& set)
{
    const Note note(needed(nftnl_udata_buf_alloc(longest)));
    nftnl_udata_put_u32(note.get(), NFTNL_UDATA_SET_KEYBYTEORDER, byte_order(set));
    if (std::ranges::any_of(set.key, is_raw))
        put_typeof(note.get(), set);
    const auto* const begin = static_cast<const std::uint8_t*>(nftnl_udata_buf_data(note.get()));
    return {begin, begin + nftnl_udata_buf_len(note.get())};
}

} // namespace netlink
