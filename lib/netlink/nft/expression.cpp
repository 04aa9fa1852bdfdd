#include "netlink/nft/expression.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

namespace netlink {

namespace {

using net::Bytes;
using net::nft::Compare;
using net::nft::CountIn;
using net::nft::Field;
using net::nft::InRange;
using net::nft::Lookup;
using net::nft::SetMark;
using net::nft::Verdict;
using Source = net::nft::Field::Source;

constexpr std::uint32_t first_register = NFT_REG32_00;

// One expression: its name, and what it is made of.
class Named {
public:
    Named(Message& message, const char* name)
        : element_(message, NFTA_LIST_ELEM)
        , data_((message.put(NFTA_EXPR_NAME, std::string_view(name)), message), NFTA_EXPR_DATA)
    { }

private:
    Nested element_;
    Nested data_;
};

std::uint32_t payload_base(Source source)
{
    switch (source) {
    case Source::link:
        return NFT_PAYLOAD_LL_HEADER;
    case Source::network:
        return NFT_PAYLOAD_NETWORK_HEADER;
    default:
        return NFT_PAYLOAD_TRANSPORT_HEADER;
    }
}

std::uint32_t meta_key(Source source)
{
    switch (source) {
    case Source::in_interface:
        return NFT_META_IIF;
    case Source::out_interface:
        return NFT_META_OIF;
    case Source::mark:
        return NFT_META_MARK;
    case Source::family:
        return NFT_META_NFPROTO;
    case Source::in_group:
        return NFT_META_IIFGROUP;
    case Source::in_name:
        return NFT_META_IIFNAME;
    case Source::out_name:
        return NFT_META_OIFNAME;
    default:
        return NFT_META_L4PROTO;
    }
}

class Encoder {
public:
    explicit Encoder(Message& message)
        : message_(message)
    { }

    void operator()(const Compare& e)
    {
        load(e.field, first_register);
        if (!e.mask.empty())
            mask(e);
        const Named named(message_, "cmp");
        put_number(message_, NFTA_CMP_SREG, first_register);
        put_number(message_, NFTA_CMP_OP, operation(e.operation));
        put_value(message_, NFTA_CMP_DATA, e.value);
    }

    void operator()(const InRange& e)
    {
        load(e.field, first_register);
        const Named named(message_, "range");
        put_number(message_, NFTA_RANGE_SREG, first_register);
        put_number(message_, NFTA_RANGE_OP, NFT_RANGE_EQ);
        put_value(message_, NFTA_RANGE_FROM_DATA, e.low);
        put_value(message_, NFTA_RANGE_TO_DATA, e.high);
    }

    void operator()(const Lookup& e)
    {
        load_all(e.fields, e.interval);
        const Named named(message_, "lookup");
        message_.put(NFTA_LOOKUP_SET, e.set);
        put_number(message_, NFTA_LOOKUP_SREG, first_register);
        if (e.inverted)
            put_number(message_, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
    }

    void operator()(const SetMark& e)
    {
        Bytes value(sizeof e.mark);
        std::memcpy(value.data(), &e.mark, sizeof e.mark);
        {
            const Named named(message_, "immediate");
            put_number(message_, NFTA_IMMEDIATE_DREG, first_register);
            put_value(message_, NFTA_IMMEDIATE_DATA, value);
        }
        const Named named(message_, "meta");
        put_number(message_, NFTA_META_KEY, NFT_META_MARK);
        put_number(message_, NFTA_META_SREG, first_register);
    }

    void operator()(const CountIn& e)
    {
        load_all(e.fields, false);
        const Named named(message_, "dynset");
        message_.put(NFTA_DYNSET_SET_NAME, e.set);
        put_number(message_, NFTA_DYNSET_OP, NFT_DYNSET_OP_UPDATE);
        put_number(message_, NFTA_DYNSET_SREG_KEY, first_register);
    }

    void operator()(const net::nft::Masquerade&) { const Named named(message_, "masq"); }

    void operator()(const net::nft::RedirectTo& e)
    {
        constexpr std::uint32_t port_register = first_register + 4; // behind the longest address
        put_immediate(first_register, e.address);
        if (e.port)
            put_immediate(port_register,
                {static_cast<std::uint8_t>(*e.port >> 8), static_cast<std::uint8_t>(*e.port & 0xff)});
        const Named named(message_, "nat");
        put_number(message_, NFTA_NAT_TYPE, NFT_NAT_DNAT);
        put_number(message_, NFTA_NAT_FAMILY, e.address.size() == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
        put_number(message_, NFTA_NAT_REG_ADDR_MIN, first_register);
        if (e.port)
            put_number(message_, NFTA_NAT_REG_PROTO_MIN, port_register);
    }

    void operator()(const Verdict& e)
    {
        const Named named(message_, "immediate");
        put_number(message_, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
        const Nested data(message_, NFTA_IMMEDIATE_DATA);
        const Nested verdict(message_, NFTA_DATA_VERDICT);
        put_number(message_, NFTA_VERDICT_CODE, static_cast<std::uint32_t>(code(e.kind)));
        if (e.kind == Verdict::Kind::go_to)
            message_.put(NFTA_VERDICT_CHAIN, e.chain);
    }

private:
    static std::uint32_t operation(Compare::Operation operation)
    {
        switch (operation) {
        case Compare::Operation::differs:
            return NFT_CMP_NEQ;
        case Compare::Operation::at_least:
            return NFT_CMP_GTE;
        case Compare::Operation::equal:
            break;
        }
        return NFT_CMP_EQ;
    }

    static int code(Verdict::Kind kind)
    {
        switch (kind) {
        case Verdict::Kind::accept:
            return NF_ACCEPT;
        case Verdict::Kind::drop:
            return NF_DROP;
        case Verdict::Kind::go_to:
            break;
        }
        return NFT_GOTO;
    }

    void put_immediate(std::uint32_t target, const Bytes& value)
    {
        const Named named(message_, "immediate");
        put_number(message_, NFTA_IMMEDIATE_DREG, target);
        put_value(message_, NFTA_IMMEDIATE_DATA, value);
    }

    void load_kind(const Field& field, std::uint32_t target)
    {
        const Named named(message_, "fib");
        put_number(message_, NFTA_FIB_DREG, target);
        put_number(message_, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
        put_number(message_, NFTA_FIB_FLAGS,
            field.source == Source::source_kind            ? NFTA_FIB_F_SADDR
                : field.source == Source::destination_kind ? NFTA_FIB_F_DADDR
                                                           : NFTA_FIB_F_DADDR | NFTA_FIB_F_IIF);
    }

    void load(const Field& field, std::uint32_t target)
    {
        switch (field.source) {
        case Source::link:
        case Source::network:
        case Source::transport:
            return load_payload(field, target);
        case Source::extension:
        case Source::option:
            return load_header(field, target);
        case Source::source_kind:
        case Source::destination_kind:
        case Source::destination_kind_here:
            return load_kind(field, target);
        default:
            break;
        }
        const Named named(message_, "meta");
        put_number(message_, NFTA_META_KEY, meta_key(field.source));
        put_number(message_, NFTA_META_DREG, target);
    }

    void load_payload(const Field& field, std::uint32_t target)
    {
        const Named named(message_, "payload");
        put_number(message_, NFTA_PAYLOAD_DREG, target);
        put_number(message_, NFTA_PAYLOAD_BASE, payload_base(field.source));
        put_number(message_, NFTA_PAYLOAD_OFFSET, field.offset);
        put_number(message_, NFTA_PAYLOAD_LEN, field.size);
    }

    void load_header(const Field& field, std::uint32_t target)
    {
        const Named named(message_, "exthdr");
        put_number(message_, NFTA_EXTHDR_DREG, target);
        message_.put(NFTA_EXTHDR_TYPE, static_cast<std::uint8_t>(field.header));
        put_number(message_, NFTA_EXTHDR_OFFSET, field.offset);
        put_number(message_, NFTA_EXTHDR_LEN, field.size);
        put_number(message_, NFTA_EXTHDR_OP,
            field.source == Source::option ? NFT_EXTHDR_OP_IPV4 : NFT_EXTHDR_OP_IPV6);
        if (field.presence)
            put_number(message_, NFTA_EXTHDR_FLAGS, NFT_EXTHDR_F_PRESENT);
    }

    // Sets of intervals have all parts of their keys in network order.
    void load_all(const std::vector<Field>& fields, bool interval)
    {
        std::uint32_t target = first_register;
        for (const auto& field : fields) {
            load(field, target);
            if (interval && field.source == Source::in_interface)
                swap_bytes(target);
            target += (field.size + 3) / 4;
        }
    }

    void swap_bytes(std::uint32_t where)
    {
        const Named named(message_, "byteorder");
        put_number(message_, NFTA_BYTEORDER_SREG, where);
        put_number(message_, NFTA_BYTEORDER_DREG, where);
        put_number(message_, NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON);
        put_number(message_, NFTA_BYTEORDER_LEN, 4);
        put_number(message_, NFTA_BYTEORDER_SIZE, 4);
    }

    void mask(const Compare& e)
    {
        const Named named(message_, "bitwise");
        put_number(message_, NFTA_BITWISE_SREG, first_register);
        put_number(message_, NFTA_BITWISE_DREG, first_register);
        put_number(message_, NFTA_BITWISE_LEN, e.field.size);
        put_value(message_, NFTA_BITWISE_MASK, e.mask);
        put_value(message_, NFTA_BITWISE_XOR, Bytes(e.mask.size()));
    }

    Message& message_;
};

} // namespace

void put_number(Message& message, std::uint16_t type, std::uint32_t number)
{
    message.put(type, std::uint32_t{htonl(number)});
}

void put_number64(Message& message, std::uint16_t type, std::uint64_t number)
{
    const auto big = htobe64(number);
    message.put(type, std::span(reinterpret_cast<const std::uint8_t*>(&big), sizeof big));
}

void put_value(Message& message, std::uint16_t type, const Bytes& bytes)
{
    const Nested data(message, type);
    message.put(NFTA_DATA_VALUE, std::span<const std::uint8_t>(bytes));
}

void put_rule(Message& message, std::uint16_t type, const net::nft::Rule& rule)
{
    const Nested list(message, type);
    Encoder encoder(message);
    for (const auto& expression : rule)
        std::visit(encoder, expression);
}

} // namespace netlink
