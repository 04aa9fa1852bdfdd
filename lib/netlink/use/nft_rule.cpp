#include "netlink/use/nft_rule.h"

#include "netlink/use/dump.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/xt_physdev.h>

#include <algorithm>
#include <map>
#include <optional>

namespace netlink {

namespace {

using net::Attributes;
using net::Bytes;

std::uint32_t number(const Attributes& attributes, std::uint16_t type)
{
    return ntohl(attributes.get<std::uint32_t>(type).value_or(0));
}

// Registers are numbered in two ways, over the same memory.
std::size_t place_of(std::uint32_t reg)
{
    constexpr std::size_t of_old = 16;
    constexpr std::size_t of_new = 4;
    return reg >= NFT_REG32_00 ? (reg - NFT_REG32_00) * of_new
        : reg >= NFT_REG_1     ? (reg - NFT_REG_1) * of_old
                               : 0;
}

std::string meta_words(std::uint32_t key)
{
    switch (key) {
    case NFT_META_IIF:
        return "iif";
    case NFT_META_OIF:
        return "oif";
    case NFT_META_IIFNAME:
        return "iifname";
    case NFT_META_OIFNAME:
        return "oifname";
    default:
        return {};
    }
}

std::string text(const Bytes& name)
{
    return std::string(name.begin(), std::ranges::find(name, std::uint8_t{0}));
}

std::span<const std::uint8_t> begin_of(const NameBytes& name, const Bytes& value)
{
    return std::span(name).first(std::min(name.size(), value.size()));
}

// One pass over the expressions of a rule.
class Reader {
public:
    explicit Reader(const Exchange& exchange)
        : exchange_(exchange)
    { }

    void read(const std::string& kind, const Attributes& data, const Bytes& bytes)
    {
        rule_.likeness += kind + ':';
        if (kind == "counter" || kind == "quota" || kind == "last" || kind == "limit")
            return; // what they have counted tells no rule from another
        if (kind == "meta")
            load(data);
        else if (kind == "lookup")
            look_up(data);
        else if (kind == "match")
            match(data);
        else if (kind != "cmp")
            loaded_.erase(place_of(number(data, 1))); // their register for results is attribute 1, mostly
        if (kind == "cmp" && compare(data))
            return;
        rule_.likeness.append(bytes.begin(), bytes.end());
    }

    NftRule take() { return std::move(rule_); }

private:
    void load(const Attributes& data)
    {
        const auto place = place_of(number(data, NFTA_META_DREG));
        loaded_.erase(place);
        if (const auto words = meta_words(number(data, NFTA_META_KEY)); !words.empty())
            loaded_[place] = words;
    }

    // Whether it compares with the card or its successor, which makes no difference between likes.
    bool compare(const Attributes& data)
    {
        const auto loaded = loaded_.find(place_of(number(data, NFTA_CMP_SREG)));
        const auto operand = nested(data, NFTA_CMP_DATA);
        const auto* const value = operand.find(NFTA_DATA_VALUE);
        if (loaded == loaded_.end() || !value)
            return false;
        const auto operation = number(data, NFTA_CMP_OP);
        return loaded->second.ends_with("name") ? compare_name(loaded->second, operation, *value)
                                                : compare_index(loaded->second, operation, *value);
    }

    bool compare_name(const std::string& words, std::uint32_t operation, const Bytes& value)
    {
        const bool is_card = std::ranges::equal(begin_of(exchange_.card, value), value);
        const bool is_successor = std::ranges::equal(begin_of(exchange_.successor, value), value);
        if (is_card == is_successor)
            return false;
        const bool differs = operation == NFT_CMP_NEQ;
        const auto wildcard = value.size() < exchange_.card.size() ? "*" : "";
        if (is_card)
            tell(words + (differs ? " != \"" : " \"") + text(value) + wildcard + "\"");
        rule_.names_successor |= is_successor && !differs;
        rule_.likeness += words + std::to_string(operation) + wildcard;
        return true;
    }

    bool compare_index(const std::string& words, std::uint32_t operation, const Bytes& value)
    {
        if (value.size() == sizeof(int) && std::memcmp(value.data(), &exchange_.card_index, sizeof(int)) == 0)
            tell(words + (operation == NFT_CMP_NEQ ? " != " : " ") + std::to_string(exchange_.card_index));
        return false;
    }

    void look_up(const Attributes& data)
    {
        const auto begin = place_of(number(data, NFTA_LOOKUP_SREG));
        for (const auto& [place, words] : loaded_)
            if (place >= begin)
                rule_.lookups.push_back(
                    {data.text(NFTA_LOOKUP_SET), words, place - begin, !words.ends_with("name")});
    }

    // Of iptables' matches, physdev alone names interfaces.
    void match(const Attributes& data)
    {
        const auto info = data.get<xt_physdev_info>(NFTA_MATCH_INFO);
        if (data.text(NFTA_MATCH_NAME) != "physdev" || !info)
            return;
        const auto is = [&](const char* name) {
            return std::memcmp(name, exchange_.card.data(), exchange_.card.size()) == 0;
        };
        if (is(info->physindev) || is(info->physoutdev))
            tell(is(info->physindev) ? "--physdev-in " + std::string(info->physindev)
                                     : "--physdev-out " + std::string(info->physoutdev),
                true);
    }

    void tell(std::string words, bool of_ports = false)
    {
        if (rule_.words.empty()) {
            rule_.words = std::move(words);
            rule_.of_ports = of_ports;
        }
    }

    const Exchange& exchange_;
    std::map<std::size_t, std::string> loaded_ = {};
    NftRule rule_ = {};
};

} // namespace

NftRule read_nft_rule(const Attributes& expressions, const Exchange& exchange)
{
    Reader reader(exchange);
    for (const auto& each : expressions.all()) {
        const auto expression = Attributes::parse(each.value);
        const auto* const data = expression.find(NFTA_EXPR_DATA);
        reader.read(expression.text(NFTA_EXPR_NAME), data ? Attributes::parse(*data) : Attributes(),
            data ? *data : Bytes());
    }
    return reader.take();
}

} // namespace netlink
