#include "netlink/nft/note.h"

#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <cstring>

namespace netlink {

namespace {

using net::Bytes;
using net::nft::KeyPart;
using net::nft::Set;

// The numbers of include/libnftnl/udata.h, and of nftables' own headers.
constexpr std::uint8_t key_byte_order = 0;
constexpr std::uint8_t key_typeof = 3;
constexpr std::uint8_t expression_kind = 0;
constexpr std::uint8_t expression_data = 1;
constexpr std::uint32_t no_order = 0;
constexpr std::uint32_t host_order = 1;
constexpr std::uint32_t network_order = 2;
constexpr std::uint32_t payload_expression = 7;
constexpr std::uint32_t meta_expression = 9;
constexpr std::uint32_t concatenation = 13;
constexpr std::uint32_t transport_header = 3;

Bytes item(std::uint8_t kind, const Bytes& value)
{
    Bytes bytes{kind, static_cast<std::uint8_t>(value.size())};
    bytes.insert(bytes.end(), value.begin(), value.end());
    return bytes;
}

Bytes item(std::uint8_t kind, std::uint32_t value)
{
    Bytes bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return item(kind, bytes);
}

Bytes operator+(Bytes left, const Bytes& right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

Bytes expression(std::uint32_t kind, const Bytes& data)
{
    return item(expression_kind, kind) + item(expression_data, data);
}

bool is_raw(KeyPart part)
{
    return part == KeyPart::raw_ethernet || part == KeyPart::raw_ipv6;
}

// "meta iif", or "@th,288,48": the first byte of each item counts the expression's own fields.
Bytes field_note(KeyPart part)
{
    if (!is_raw(part))
        return expression(meta_expression, item(0, std::uint32_t{NFT_META_IIF}));
    const std::uint32_t offset = part == KeyPart::raw_ethernet ? 288 : 64;
    return expression(payload_expression,
        item(0, std::uint32_t{0}) + item(1, std::uint32_t{0}) + item(2, transport_header) + item(3, offset)
            + item(4, size_of(part) * 8));
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
    auto note = item(key_byte_order, byte_order(set));
    if (!std::ranges::any_of(set.key, is_raw))
        return note;
    Bytes parts;
    for (std::size_t i = 0; i < set.key.size(); ++i)
        parts = parts + item(static_cast<std::uint8_t>(i), field_note(set.key[i]));
    return note + item(key_typeof, expression(concatenation, parts));
}

} // namespace netlink
