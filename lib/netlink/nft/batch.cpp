#include "netlink/nft/batch.h"

#include "netlink/nft/expression.h"
#include "netlink/nft/note.h"
#include "netlink/nft/object.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace netlink {

namespace {

using net::Bytes;
using net::nft::Chain;
using net::nft::Element;
using net::nft::Rule;
using net::nft::Set;
using net::nft::Table;

// As many elements, or expressions, as we ever put into one message surely fit: libnftnl does not look.
constexpr std::size_t elements_in_a_message = 64;
struct alignas(nlmsghdr) Room {
    std::array<char, 16384> bytes;
};

std::uint32_t flags_of(const Set& set)
{
    std::uint32_t flags = 0;
    if (set.interval)
        flags |= NFT_SET_INTERVAL | NFT_SET_CONCAT;
    if (set.counting)
        flags |= NFT_SET_EVAL;
    return flags;
}

std::uint32_t padded(std::size_t size)
{
    return static_cast<std::uint32_t>((size + 3) / 4 * 4);
}

// Where there are several parts, each begins in a register of its own.
std::uint32_t key_length(const Set& set)
{
    if (set.key.size() == 1)
        return size_of(set.key.front());
    std::uint32_t length = 0;
    for (const auto part : set.key)
        length += padded(size_of(part));
    return length;
}

void set_bytes(nftnl_set* object, std::uint16_t what, const Bytes& bytes)
{
    nftnl_set_set_data(object, what, bytes.data(), static_cast<std::uint32_t>(bytes.size()));
}

NftTable table_object(const Table& table)
{
    NftTable object(needed(nftnl_table_alloc()));
    nftnl_table_set_str(object.get(), NFTNL_TABLE_NAME, table.name.c_str());
    return object;
}

void describe_key(nftnl_set* object, const Set& set)
{
    Bytes lengths;
    for (const auto part : set.key)
        lengths.push_back(static_cast<std::uint8_t>(size_of(part)));
    set_bytes(object, NFTNL_SET_DESC_CONCAT, lengths);
}

NftSet set_object(const std::string& table, const std::string& name)
{
    NftSet object(needed(nftnl_set_alloc()));
    nftnl_set_set_str(object.get(), NFTNL_SET_TABLE, table.c_str());
    nftnl_set_set_str(object.get(), NFTNL_SET_NAME, name.c_str());
    return object;
}

NftSet set_object(const Table& table, const Set& set, std::uint32_t number)
{
    auto object = set_object(table.name, set.name);
    nftnl_set_set_u32(object.get(), NFTNL_SET_FLAGS, flags_of(set));
    nftnl_set_set_u32(object.get(), NFTNL_SET_KEY_TYPE, key_type(set));
    nftnl_set_set_u32(object.get(), NFTNL_SET_KEY_LEN, key_length(set));
    nftnl_set_set_u32(object.get(), NFTNL_SET_ID, number);
    set_bytes(object.get(), NFTNL_SET_USERDATA, note_of(set));
    if (set.interval)
        describe_key(object.get(), set);
    if (set.counting) {
        nftnl_set_set_u32(object.get(), NFTNL_SET_DESC_SIZE, 65535);
        nftnl_set_add_expr(object.get(), needed(nftnl_expr_alloc("counter")));
    }
    return object;
}

NftChain chain_object(const Table& table, const Chain& chain)
{
    NftChain object(needed(nftnl_chain_alloc()));
    nftnl_chain_set_str(object.get(), NFTNL_CHAIN_TABLE, table.name.c_str());
    nftnl_chain_set_str(object.get(), NFTNL_CHAIN_NAME, chain.name.c_str());
    if (chain.hook) {
        nftnl_chain_set_u32(object.get(), NFTNL_CHAIN_HOOKNUM, chain.hook->number);
        nftnl_chain_set_s32(object.get(), NFTNL_CHAIN_PRIO, chain.hook->priority);
        nftnl_chain_set_str(object.get(), NFTNL_CHAIN_TYPE, chain.hook->type.c_str());
    }
    return object;
}

NftRule rule_object(const Table& table, const Chain& chain, const Rule& rule)
{
    NftRule object(needed(nftnl_rule_alloc()));
    nftnl_rule_set_str(object.get(), NFTNL_RULE_TABLE, table.name.c_str());
    nftnl_rule_set_str(object.get(), NFTNL_RULE_CHAIN, chain.name.c_str());
    add_expressions(object.get(), rule);
    return object;
}

// Sets of intervals have the interface's index in network order, as expression.cpp loads it.
Bytes in_network_order(const Bytes& index)
{
    std::uint32_t number = 0;
    std::memcpy(&number, index.data(), sizeof number);
    number = htonl(number);
    Bytes result(sizeof number);
    std::memcpy(result.data(), &number, sizeof number);
    return result;
}

// The parts one after another, each in registers of its own.
Bytes key_bytes(const std::vector<Bytes>& parts, bool interval)
{
    Bytes key;
    for (const auto& part : parts) {
        const auto bytes = interval && key.empty() ? in_network_order(part) : part;
        key.insert(key.end(), bytes.begin(), bytes.end());
        if (parts.size() > 1)
            key.resize(padded(key.size()));
    }
    return key;
}

void add_element(nftnl_set* set, const Element& element)
{
    const bool interval = !element.last.empty();
    auto* const object = needed(nftnl_set_elem_alloc());
    nftnl_set_elem_add(set, object); // which owns it
    const auto put = [&](std::uint16_t what, const Bytes& key) {
        nftnl_set_elem_set(object, what, key.data(), static_cast<std::uint32_t>(key.size()));
    };
    put(NFTNL_SET_ELEM_KEY, key_bytes(element.key, interval));
    if (interval)
        put(NFTNL_SET_ELEM_KEY_END, key_bytes(element.last, interval));
}

bool same_set(const Element& one, const Element& other)
{
    return one.family == other.family && one.set == other.set;
}

} // namespace

void NftBatch::append(int type, net::nft::Family family, std::uint16_t flags, const Fill& fill)
{
    Room room; // of which only what the message takes is ever touched
    auto* const head = nftnl_nlmsg_build_hdr(
        room.bytes.data(), static_cast<std::uint16_t>(type), static_cast<std::uint16_t>(family), flags, 0);
    fill(head);
    last_ = bytes_.size();
    bytes_.insert(bytes_.end(), room.bytes.data(), room.bytes.data() + head->nlmsg_len);
}

void NftBatch::add(const Table& table)
{
    const auto put = [&](int type, std::uint16_t flags, const auto& object, auto build) {
        append(type, table.family, flags, [&](nlmsghdr* head) { build(head, object.get()); });
    };
    put(NFT_MSG_NEWTABLE, NLM_F_CREATE, table_object(table), nftnl_table_nlmsg_build_payload);
    std::uint32_t number = 0;
    for (const auto& set : table.sets)
        put(NFT_MSG_NEWSET, NLM_F_CREATE, set_object(table, set, ++number), nftnl_set_nlmsg_build_payload);
    for (const auto& chain : table.chains) {
        put(NFT_MSG_NEWCHAIN, NLM_F_CREATE, chain_object(table, chain), nftnl_chain_nlmsg_build_payload);
        put(NFT_MSG_DELRULE, 0, rule_object(table, chain, {}), nftnl_rule_nlmsg_build_payload); // all of them
    }
    for (const auto& chain : table.chains)
        for (const auto& rule : chain.rules)
            put(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, rule_object(table, chain, rule),
                nftnl_rule_nlmsg_build_payload);
}

void NftBatch::remove(const Table& table)
{
    const auto object = table_object(table);
    const auto fill = [&](nlmsghdr* head) { nftnl_table_nlmsg_build_payload(head, object.get()); };
    append(NFT_MSG_NEWTABLE, table.family, NLM_F_CREATE, fill); // so that it is there
    append(NFT_MSG_DELTABLE, table.family, 0, fill);
}

void NftBatch::put_elements(int type, std::uint16_t flags, std::span<const Element> elements)
{
    while (!elements.empty()) {
        const auto object = set_object(nft_table, elements[0].set);
        std::size_t count = 0;
        while (count < std::min(elements.size(), elements_in_a_message)
            && same_set(elements[count], elements[0]))
            add_element(object.get(), elements[count++]);
        append(type, elements[0].family, flags,
            [&](nlmsghdr* head) { nftnl_set_elems_nlmsg_build_payload(head, object.get()); });
        elements = elements.subspan(count);
    }
}

void NftBatch::add(std::span<const Element> elements)
{
    put_elements(NFT_MSG_NEWSETELEM, NLM_F_CREATE, elements);
}

void NftBatch::remove(std::span<const Element> elements)
{
    put_elements(NFT_MSG_DELSETELEM, 0, elements);
}

void NftBatch::remove_any(std::span<const Element> elements)
{
    add(elements);
    remove(elements);
}

void NftBatch::append(const NftBatch& other)
{
    if (!other.empty())
        last_ = bytes_.size() + other.last_;
    bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
}

std::vector<char> NftBatch::take(unsigned sequence)
{
    std::array<Room, 2> frame;
    const auto* const begin = nftnl_batch_begin(frame[0].bytes.data(), 0);
    const auto* const end = nftnl_batch_end(frame[1].bytes.data(), 0);
    reinterpret_cast<nlmsghdr*>(bytes_.data() + last_)->nlmsg_flags |= NLM_F_ACK;
    const auto bytes_of = [](const nlmsghdr* head) {
        return std::span(reinterpret_cast<const char*>(head), head->nlmsg_len);
    };
    bytes_.insert(bytes_.begin(), bytes_of(begin).begin(), bytes_of(begin).end());
    bytes_.insert(bytes_.end(), bytes_of(end).begin(), bytes_of(end).end());
    for (std::size_t place = 0; place < bytes_.size();) {
        auto* const head = reinterpret_cast<nlmsghdr*>(bytes_.data() + place);
        head->nlmsg_seq = sequence++;
        place += NLMSG_ALIGN(head->nlmsg_len);
    }
    return std::exchange(bytes_, {});
}

} // namespace netlink
