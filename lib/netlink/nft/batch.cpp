#include "netlink/nft/batch.h"

#include "netlink/nft/expression.h"
#include "netlink/nft/note.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cstring>

namespace netlink {

namespace {

using net::Bytes;
using net::nft::Chain;
using net::nft::Element;
using net::nft::Family;
using net::nft::Rule;
using net::nft::Set;
using net::nft::Table;

// As many elements as surely fit into one message.
constexpr std::size_t elements_in_a_message = 64;

Message request(int type, Family family, std::uint16_t flags = 0)
{
    Message message(static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type), flags);
    message.add_header(nfgenmsg{static_cast<std::uint8_t>(family), NFNETLINK_V0, 0});
    return message;
}

Message table_message(const Table& table)
{
    auto message = request(NFT_MSG_NEWTABLE, table.family, NLM_F_CREATE);
    message.put(NFTA_TABLE_NAME, table.name);
    return message;
}

std::uint32_t flags_of(const Set& set)
{
    std::uint32_t flags = 0;
    if (set.interval)
        flags |= NFT_SET_INTERVAL | NFT_SET_CONCAT;
    if (set.counting)
        flags |= NFT_SET_EVAL;
    return flags;
}

void put_key_lengths(Message& message, const Set& set)
{
    const Nested description(message, NFTA_SET_DESC);
    const Nested parts(message, NFTA_SET_DESC_CONCAT);
    for (const auto part : set.key) {
        const Nested element(message, NFTA_LIST_ELEM);
        put_number(message, NFTA_SET_FIELD_LEN, size_of(part));
    }
}

void put_counting(Message& message)
{
    {
        const Nested description(message, NFTA_SET_DESC);
        put_number(message, NFTA_SET_DESC_SIZE, 65535);
    }
    const Nested expression(message, NFTA_SET_EXPR);
    message.put(NFTA_EXPR_NAME, std::string_view("counter"));
    const Nested data(message, NFTA_EXPR_DATA);
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

Message set_message(const Table& table, const Set& set, std::uint32_t number)
{
    const auto length = key_length(set);
    auto message = request(NFT_MSG_NEWSET, table.family, NLM_F_CREATE);
    message.put(NFTA_SET_TABLE, table.name);
    message.put(NFTA_SET_NAME, set.name);
    put_number(message, NFTA_SET_FLAGS, flags_of(set));
    put_number(message, NFTA_SET_KEY_TYPE, key_type(set));
    put_number(message, NFTA_SET_KEY_LEN, length);
    put_number(message, NFTA_SET_ID, number);
    message.put(NFTA_SET_USERDATA, std::span<const std::uint8_t>(note_of(set)));
    if (set.interval)
        put_key_lengths(message, set);
    if (set.counting)
        put_counting(message);
    return message;
}

Message chain_message(const Table& table, const Chain& chain)
{
    auto message = request(NFT_MSG_NEWCHAIN, table.family, NLM_F_CREATE);
    message.put(NFTA_CHAIN_TABLE, table.name);
    message.put(NFTA_CHAIN_NAME, chain.name);
    if (!chain.hook)
        return message;
    {
        const Nested hook(message, NFTA_CHAIN_HOOK);
        put_number(message, NFTA_HOOK_HOOKNUM, chain.hook->number);
        put_number(message, NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(chain.hook->priority));
    }
    message.put(NFTA_CHAIN_TYPE, chain.hook->type);
    return message;
}

Message flush_message(const Table& table, const Chain& chain)
{
    auto message = request(NFT_MSG_DELRULE, table.family);
    message.put(NFTA_RULE_TABLE, table.name);
    message.put(NFTA_RULE_CHAIN, chain.name);
    return message;
}

Message rule_message(const Table& table, const Chain& chain, const Rule& rule)
{
    auto message = request(NFT_MSG_NEWRULE, table.family, NLM_F_CREATE | NLM_F_APPEND);
    message.put(NFTA_RULE_TABLE, table.name);
    message.put(NFTA_RULE_CHAIN, chain.name);
    put_rule(message, NFTA_RULE_EXPRESSIONS, rule);
    return message;
}

// Sets of intervals have the interface's index in network order, as nft_expression.cpp loads it.
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

void put_element(Message& message, const Element& element)
{
    const bool interval = !element.last.empty();
    const Nested nested(message, NFTA_LIST_ELEM);
    put_value(message, NFTA_SET_ELEM_KEY, key_bytes(element.key, interval));
    if (interval)
        put_value(message, NFTA_SET_ELEM_KEY_END, key_bytes(element.last, interval));
}

bool same_set(const Element& one, const Element& other)
{
    return one.family == other.family && one.set == other.set;
}

} // namespace

void NftBatch::append(Message message)
{
    last_ = bytes_.size();
    const auto* const begin = reinterpret_cast<const char*>(message.header());
    bytes_.insert(bytes_.end(), begin, begin + message.header()->nlmsg_len);
    ++messages_;
}

void NftBatch::add(const Table& table)
{
    append(table_message(table));
    std::uint32_t number = 0;
    for (const auto& set : table.sets)
        append(set_message(table, set, ++number));
    for (const auto& chain : table.chains) {
        append(chain_message(table, chain));
        append(flush_message(table, chain));
    }
    for (const auto& chain : table.chains)
        for (const auto& rule : chain.rules)
            append(rule_message(table, chain, rule));
}

void NftBatch::remove(const Table& table)
{
    append(table_message(table)); // so that it is there
    auto message = request(NFT_MSG_DELTABLE, table.family);
    message.put(NFTA_TABLE_NAME, table.name);
    append(std::move(message));
}

void NftBatch::put_elements(std::uint16_t type, std::span<const Element> elements)
{
    while (!elements.empty()) {
        std::size_t count = 0;
        while (count < std::min(elements.size(), elements_in_a_message)
            && same_set(elements[count], elements[0]))
            ++count;
        auto message = request(type, elements[0].family, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
        message.put(NFTA_SET_ELEM_LIST_TABLE, std::string_view(nft_table));
        message.put(NFTA_SET_ELEM_LIST_SET, elements[0].set);
        {
            const Nested list(message, NFTA_SET_ELEM_LIST_ELEMENTS);
            for (const auto& element : elements.first(count))
                put_element(message, element);
        }
        append(std::move(message));
        elements = elements.subspan(count);
    }
}

void NftBatch::add(std::span<const Element> elements)
{
    put_elements(NFT_MSG_NEWSETELEM, elements);
}

void NftBatch::remove(std::span<const Element> elements)
{
    put_elements(NFT_MSG_DELSETELEM, elements);
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
    messages_ += other.messages_;
}

std::vector<char> NftBatch::take(unsigned sequence)
{
    const auto framed = [](int type) {
        Message message(static_cast<std::uint16_t>(type), 0);
        message.add_header(nfgenmsg{AF_UNSPEC, NFNETLINK_V0, htons(NFNL_SUBSYS_NFTABLES)});
        return message;
    };
    NftBatch whole;
    whole.append(framed(NFNL_MSG_BATCH_BEGIN));
    whole.append(*this);
    auto& bytes = whole.bytes_;
    reinterpret_cast<nlmsghdr*>(bytes.data() + whole.last_)->nlmsg_flags |= NLM_F_ACK;
    whole.append(framed(NFNL_MSG_BATCH_END));
    for (std::size_t place = 0; place < bytes.size();) {
        auto* const head = reinterpret_cast<nlmsghdr*>(bytes.data() + place);
        head->nlmsg_seq = sequence++;
        place += NLMSG_ALIGN(head->nlmsg_len);
    }
    return std::move(bytes);
}

Message table_request(Family family, const std::string& name)
{
    auto message = request(NFT_MSG_GETTABLE, family, NLM_F_ACK);
    message.put(NFTA_TABLE_NAME, name);
    return message;
}

net::Attributes attributes_of(const nlmsghdr* message)
{
    return attributes_of(message, sizeof(nfgenmsg));
}

Message chain_request(int protocol, const std::string& table, const std::string& chain)
{
    auto message = request(NFT_MSG_GETCHAIN, static_cast<Family>(protocol), NLM_F_ACK);
    message.put(NFTA_CHAIN_TABLE, table);
    message.put(NFTA_CHAIN_NAME, chain);
    return message;
}

std::optional<std::uint32_t> policy_of(const nlmsghdr* head)
{
    const auto policy = attributes_of(head).get<std::uint32_t>(NFTA_CHAIN_POLICY);
    return policy ? std::optional(ntohl(*policy)) : std::nullopt;
}

Message elements_request(Family family, const std::string& set)
{
    auto message = request(NFT_MSG_GETSETELEM, family, NLM_F_DUMP);
    message.put(NFTA_SET_ELEM_LIST_TABLE, std::string_view(nft_table));
    message.put(NFTA_SET_ELEM_LIST_SET, set);
    return message;
}

} // namespace netlink
