#include "netlink/nft/expression.h"

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
constexpr std::uint32_t port_register = first_register + 4; // behind the longest address

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

std::uint32_t kind_flags(Source source)
{
    switch (source) {
    case Source::source_kind:
        return NFTA_FIB_F_SADDR;
    case Source::destination_kind:
        return NFTA_FIB_F_DADDR;
    default:
        return NFTA_FIB_F_DADDR | NFTA_FIB_F_IIF;
    }
}

std::uint32_t compare_operation(Compare::Operation operation)
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

std::uint32_t verdict_code(Verdict::Kind kind)
{
    switch (kind) {
    case Verdict::Kind::accept:
        return NF_ACCEPT;
    case Verdict::Kind::drop:
        return NF_DROP;
    case Verdict::Kind::go_to:
        break;
    }
    return static_cast<std::uint32_t>(NFT_GOTO);
}

// One expression at the end of the rule, which owns it.
class Named {
public:
    Named(nftnl_rule* rule, const char* name)
        : expression_(needed(nftnl_expr_alloc(name)))
    {
        nftnl_rule_add_expr(rule, expression_);
    }

    const Named& number(std::uint16_t what, std::uint32_t value) const
    {
        nftnl_expr_set_u32(expression_, what, value);
        return *this;
    }
    const Named& byte(std::uint16_t what, std::uint8_t value) const
    {
        nftnl_expr_set_u8(expression_, what, value);
        return *this;
    }
    const Named& text(std::uint16_t what, const std::string& value) const
    {
        nftnl_expr_set_str(expression_, what, value.c_str());
        return *this;
    }
    const Named& bytes(std::uint16_t what, const Bytes& value) const
    {
        nftnl_expr_set(expression_, what, value.data(), static_cast<std::uint32_t>(value.size()));
        return *this;
    }

private:
    nftnl_expr* expression_;
};

class Encoder {
public:
    explicit Encoder(nftnl_rule* rule)
        : rule_(rule)
    { }

    void operator()(const Compare& e) const
    {
        load(e.field, first_register);
        if (!e.mask.empty())
            mask(e);
        add("cmp")
            .number(NFTNL_EXPR_CMP_SREG, first_register)
            .number(NFTNL_EXPR_CMP_OP, compare_operation(e.operation))
            .bytes(NFTNL_EXPR_CMP_DATA, e.value);
    }

    void operator()(const InRange& e) const
    {
        load(e.field, first_register);
        add("range")
            .number(NFTNL_EXPR_RANGE_SREG, first_register)
            .number(NFTNL_EXPR_RANGE_OP, NFT_RANGE_EQ)
            .bytes(NFTNL_EXPR_RANGE_FROM_DATA, e.low)
            .bytes(NFTNL_EXPR_RANGE_TO_DATA, e.high);
    }

    void operator()(const Lookup& e) const
    {
        load_all(e.fields, e.interval);
        const auto lookup = add("lookup");
        lookup.text(NFTNL_EXPR_LOOKUP_SET, e.set).number(NFTNL_EXPR_LOOKUP_SREG, first_register);
        if (e.inverted)
            lookup.number(NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
    }

    void operator()(const SetMark& e) const
    {
        add("immediate").number(NFTNL_EXPR_IMM_DREG, first_register).number(NFTNL_EXPR_IMM_DATA, e.mark);
        add("meta").number(NFTNL_EXPR_META_KEY, NFT_META_MARK).number(NFTNL_EXPR_META_SREG, first_register);
    }

    void operator()(const CountIn& e) const
    {
        load_all(e.fields, false);
        add("dynset")
            .text(NFTNL_EXPR_DYNSET_SET_NAME, e.set)
            .number(NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_UPDATE)
            .number(NFTNL_EXPR_DYNSET_SREG_KEY, first_register);
    }

    void operator()(const net::nft::Masquerade&) const { add("masq"); }

    void operator()(const net::nft::RedirectTo& e) const
    {
        add_immediate(first_register, e.address);
        if (e.port)
            add_immediate(port_register,
                {static_cast<std::uint8_t>(*e.port >> 8), static_cast<std::uint8_t>(*e.port & 0xff)});
        const auto nat = add("nat");
        nat.number(NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT)
            .number(NFTNL_EXPR_NAT_FAMILY, e.address.size() == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6)
            .number(NFTNL_EXPR_NAT_REG_ADDR_MIN, first_register);
        if (e.port)
            nat.number(NFTNL_EXPR_NAT_REG_PROTO_MIN, port_register);
    }

    void operator()(const Verdict& e) const
    {
        const auto immediate = add("immediate");
        immediate.number(NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT)
            .number(NFTNL_EXPR_IMM_VERDICT, verdict_code(e.kind));
        if (e.kind == Verdict::Kind::go_to)
            immediate.text(NFTNL_EXPR_IMM_CHAIN, e.chain);
    }

private:
    Named add(const char* name) const { return {rule_, name}; }

    void add_immediate(std::uint32_t target, const Bytes& value) const
    {
        add("immediate").number(NFTNL_EXPR_IMM_DREG, target).bytes(NFTNL_EXPR_IMM_DATA, value);
    }

    void load(const Field& field, std::uint32_t target) const
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
            add("meta")
                .number(NFTNL_EXPR_META_KEY, meta_key(field.source))
                .number(NFTNL_EXPR_META_DREG, target);
        }
    }

    void load_kind(const Field& field, std::uint32_t target) const
    {
        add("fib")
            .number(NFTNL_EXPR_FIB_DREG, target)
            .number(NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE)
            .number(NFTNL_EXPR_FIB_FLAGS, kind_flags(field.source));
    }

    void load_payload(const Field& field, std::uint32_t target) const
    {
        add("payload")
            .number(NFTNL_EXPR_PAYLOAD_DREG, target)
            .number(NFTNL_EXPR_PAYLOAD_BASE, payload_base(field.source))
            .number(NFTNL_EXPR_PAYLOAD_OFFSET, field.offset)
            .number(NFTNL_EXPR_PAYLOAD_LEN, field.size);
    }

    void load_header(const Field& field, std::uint32_t target) const
    {
        const auto header = add("exthdr");
        header.number(NFTNL_EXPR_EXTHDR_DREG, target)
            .byte(NFTNL_EXPR_EXTHDR_TYPE, static_cast<std::uint8_t>(field.header))
            .number(NFTNL_EXPR_EXTHDR_OFFSET, field.offset)
            .number(NFTNL_EXPR_EXTHDR_LEN, field.size)
            .number(NFTNL_EXPR_EXTHDR_OP,
                field.source == Source::option ? NFT_EXTHDR_OP_IPV4 : NFT_EXTHDR_OP_IPV6);
        if (field.presence)
            header.number(NFTNL_EXPR_EXTHDR_FLAGS, NFT_EXTHDR_F_PRESENT);
    }

    // Sets of intervals have all parts of their keys in network order.
    void load_all(const std::vector<Field>& fields, bool interval) const
    {
        std::uint32_t target = first_register;
        for (const auto& field : fields) {
            load(field, target);
            if (interval && field.source == Source::in_interface)
                swap_bytes(target);
            target += (field.size + 3) / 4;
        }
    }

    void swap_bytes(std::uint32_t where) const
    {
        add("byteorder")
            .number(NFTNL_EXPR_BYTEORDER_SREG, where)
            .number(NFTNL_EXPR_BYTEORDER_DREG, where)
            .number(NFTNL_EXPR_BYTEORDER_OP, NFT_BYTEORDER_HTON)
            .number(NFTNL_EXPR_BYTEORDER_LEN, 4)
            .number(NFTNL_EXPR_BYTEORDER_SIZE, 4);
    }

    void mask(const Compare& e) const
    {
        add("bitwise")
            .number(NFTNL_EXPR_BITWISE_SREG, first_register)
            .number(NFTNL_EXPR_BITWISE_DREG, first_register)
            .number(NFTNL_EXPR_BITWISE_LEN, e.field.size)
            .bytes(NFTNL_EXPR_BITWISE_MASK, e.mask)
            .bytes(NFTNL_EXPR_BITWISE_XOR, Bytes(e.mask.size()));
    }

    nftnl_rule* rule_;
};

} // namespace

void add_expressions(nftnl_rule* rule, const net::nft::Rule& wanted)
{
    const Encoder encoder(rule);
    for (const auto& expression : wanted)
        std::visit(encoder, expression);
}

} // namespace netlink
