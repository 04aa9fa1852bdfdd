#include "net/nft/nft.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace net::nft {

namespace {

// "0x86dd", without leading zeros but for a single one.
std::string number(const Bytes& bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes)
        text.append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    const auto first = std::min(text.find_first_not_of('0'), text.size() - 1);
    return "0x" + text.substr(first);
}

std::string concatenation(const std::vector<Field>& fields)
{
    std::vector<std::string> words;
    for (const auto& field : fields)
        words.push_back(field.words);
    return base::join(words, " . ");
}

std::string address_words(const Bytes& bytes)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
    return text.data();
}

// Numbers of the kernel's own are in the machine's order.
std::string own_number(const Bytes& bytes)
{
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
    return std::to_string(value);
}

// Values that nft has words for.
std::optional<std::string> word_of(const Compare& e)
{
    switch (e.field.source) {
    case Field::Source::network:
        return e.field.words.ends_with("addr") ? std::optional(address_words(e.value)) : std::nullopt;
    case Field::Source::family:
        return e.value == Bytes{NFPROTO_IPV4} ? "ipv4" : "ipv6";
    case Field::Source::in_group:
        return own_number(e.value);
    case Field::Source::in_name:
    case Field::Source::out_name:
        return "\"" + std::string(e.value.begin(), std::ranges::find(e.value, 0)) + "\"";
    case Field::Source::source_kind:
    case Field::Source::destination_kind:
    case Field::Source::destination_kind_here:
        return "local"; // the only kind that we ask for
    default:
        return std::nullopt;
    }
}

struct Text {
    std::string operator()(const Compare& e) const
    {
        if (const auto word = word_of(e))
            return e.field.words + (e.operation == Compare::Operation::differs ? " != " : " == ") + *word;
        if (e.field.presence)
            return e.field.words + " exists";
        const auto field =
            e.field.words + (e.mask.empty() || e.field.narrow_words ? "" : " & " + number(e.mask));
        switch (e.operation) {
        case Compare::Operation::differs:
            return field + " != " + number(e.value);
        case Compare::Operation::at_least:
            return field + " >= " + number(e.value);
        case Compare::Operation::equal:
            break;
        }
        return field + " == " + number(e.value);
    }
    std::string operator()(const InRange& e) const
    {
        return e.field.words + " " + number(e.low) + "-" + number(e.high);
    }
    std::string operator()(const Lookup& e) const
    {
        return concatenation(e.fields) + (e.inverted ? " != @" : " @") + e.set;
    }
    std::string operator()(const SetMark& e) const { return "meta mark set " + std::to_string(e.mark); }
    std::string operator()(const CountIn& e) const
    {
        return "update @" + e.set + " { " + concatenation(e.fields) + " }";
    }
    std::string operator()(const Masquerade&) const { return "masquerade"; }
    std::string operator()(const RedirectTo& e) const
    {
        const bool v4 = e.address.size() == 4;
        const auto words = address_words(e.address);
        const auto address = v4 || !e.port ? words : "[" + words + "]";
        return std::string("dnat ") + (v4 ? "ip" : "ip6") + " to " + address
            + (e.port ? ":" + std::to_string(*e.port) : "");
    }
    std::string operator()(const Verdict& e) const
    {
        switch (e.kind) {
        case Verdict::Kind::accept:
            return "accept";
        case Verdict::Kind::drop:
            return "drop";
        case Verdict::Kind::go_to:
            break;
        }
        return "goto " + e.chain;
    }
};

bool is_raw(KeyPart part)
{
    return part == KeyPart::raw_ethernet || part == KeyPart::raw_ipv6;
}

std::string type_words(KeyPart part, bool as_field)
{
    switch (part) {
    case KeyPart::interface:
        return as_field ? "meta iif" : "iface_index";
    case KeyPart::mark:
        return as_field ? "meta mark" : "mark";
    case KeyPart::ethernet:
        return "ether_addr";
    case KeyPart::ipv4:
        return "ipv4_addr";
    case KeyPart::ipv6:
        return "ipv6_addr";
    case KeyPart::raw_ethernet:
        return "@th,288,48";
    case KeyPart::raw_ipv6:
        return "@th,64,128";
    }
    return {};
}

std::string key_words(const Set& set)
{
    const bool raw = std::ranges::any_of(set.key, is_raw);
    std::vector<std::string> words;
    for (const auto part : set.key)
        words.push_back(type_words(part, raw));
    return (raw ? "typeof " : "type ") + base::join(words, " . ") + ";";
}

std::string set_line(const std::string& place, const Set& set)
{
    return "add set " + place + " " + set.name + " { " + key_words(set)
        + (set.interval ? " flags interval;" : "")
        + (set.counting ? " size 65535; flags dynamic; counter;" : "") + " }\n";
}

std::string chain_line(const std::string& place, const Chain& chain)
{
    const auto line = "add chain " + place + " " + chain.name;
    if (!chain.hook)
        return line + "\n";
    return line + " { type " + chain.hook->type + " hook " + chain.hook->name + " priority "
        + std::to_string(chain.hook->priority) + "; policy accept; }\n";
}

} // namespace

std::string to_string(Family family)
{
    switch (family) {
    case Family::inet:
        return "inet";
    case Family::arp:
        return "arp";
    case Family::bridge:
        return "bridge";
    }
    return {};
}

unsigned size_of(KeyPart part)
{
    switch (part) {
    case KeyPart::interface:
    case KeyPart::mark:
    case KeyPart::ipv4:
        return 4;
    case KeyPart::ethernet:
    case KeyPart::raw_ethernet:
        return 6;
    case KeyPart::ipv6:
    case KeyPart::raw_ipv6:
        return 16;
    }
    return 0;
}

std::string to_string(const Rule& rule)
{
    std::vector<std::string> words;
    for (const auto& expression : rule)
        words.push_back(std::visit(Text{}, expression));
    return base::join(words, " ");
}

std::string to_string(const Table& table)
{
    const auto place = to_string(table.family) + " " + table.name;
    std::string text = "add table " + place + "\n";
    for (const auto& set : table.sets)
        text += set_line(place, set);
    for (const auto& chain : table.chains)
        text += chain_line(place, chain) + "flush chain " + place + " " + chain.name + "\n";
    for (const auto& chain : table.chains)
        for (const auto& rule : chain.rules)
            text += "add rule " + place + " " + chain.name + " " + to_string(rule) + "\n";
    return text;
}

} // namespace net::nft
