// The rules for IPv6. They say what may pass, step by step; the last rule of each chain drops.
#include "net/nft/filter_rules.h"

namespace net::filter_rules {

namespace {

const Field ipv6_source{Source::network, "ip6 saddr", 8, 16};
const Field fragment_next{Source::extension, "frag nexthdr", 0, 1, 44};
const Field fragment_offset{.source = Source::extension,
    .words = "frag frag-off",
    .offset = 2,
    .size = 2,
    .header = 44,
    .narrow_words = true};
const Field fragment{
    .source = Source::extension, .words = "exthdr frag", .size = 1, .header = 44, .presence = true};
const Field payload_length = network(4, 2);
const Field next_header = network(6, 1);
const Field icmp_type = transport(0, 1);

constexpr std::uint64_t source_link_address = 1;
constexpr std::uint64_t target_link_address = 2;
constexpr std::uint64_t nonce = 14;

// A neighbour discovery option of six bytes: its kind and length, and what it holds.
Compare option_at(unsigned offset, std::uint64_t kind)
{
    return is(transport(offset, 2), kind << 8 | 1);
}

Lookup own_mac_at(unsigned offset)
{
    return in("mac_field", transport(offset, 6));
}

Compare is_unspecified()
{
    return {network(8, 16), Compare::Operation::equal, Bytes(16)};
}

// fe80::/64. Many guests make their link-local address at random or by a secret (RFC 7217), so it cannot be
// told whose it is. From any of them comes only what nobody learns a source's MAC address from.
Compare is_from_link_local()
{
    return is(network(8, 8), 0xfe80000000000000);
}

// ff02::1:ff00:0/104
Compare is_to_solicited_node()
{
    return {network(24, 13), Compare::Operation::equal, {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff}};
}

// No header may stand between a fragment header and what it carries, as the first fragment could
// then end before that (RFC 7112).
Chain fragment_chain()
{
    Chain chain{"ipv6_fragment", {}, {}};
    for (const unsigned header : {0U, 43U, 44U, 51U, 59U, 60U, 135U, 139U, 140U})
        chain.rules.push_back({is(fragment_next, header), drop(DropReason::extension)});
    chain.rules.push_back({masked(is_not(fragment_offset, 0), 0xfff8), go_to("ipv6_source")});
    chain.rules.push_back({go_to("ipv6_first_fragment")});
    return chain;
}

// A first fragment has the whole header of what it carries, as Linux asks for too (RFC 8200). What stands
// behind the packet in its frame is nobody's: so its length is asked for where it can be told what it must
// be.
Chain first_fragment_chain()
{
    constexpr unsigned fragment_header = 8;
    Chain chain{"ipv6_first_fragment", {}, {}};
    const auto add = [&](const Rule& which, unsigned header) {
        const auto rule = [&](const Rule& more, const Verdict& verdict) {
            auto whole = which;
            whole.insert(whole.end(), more.begin(), more.end());
            whole.emplace_back(verdict);
            chain.rules.push_back(whole);
        };
        rule({is(next_header, 44), between(payload_length, 0, fragment_header + header - 1)},
            drop(DropReason::extension));
        rule({between(transport(header - 1, 1), 0, 255)}, go_to("ipv6_protocol"));
        rule({}, drop(DropReason::extension));
    };
    add({is(final_protocol, 6)}, 20);
    add({is(final_protocol, 17)}, 8);
    add({}, 1);
    return chain;
}

// An authentication header ends what the kernel follows. It may not stand before one that the kernel
// would have had to follow, nor before ICMPv6.
Chain authentication_chain()
{
    const auto next = transport(0, 1);
    Chain chain{"ipv6_authentication", {}, {}};
    for (const unsigned header : {0U, 43U, 44U, 51U, 58U, 60U, 135U, 139U, 140U})
        chain.rules.push_back({is(next, header), drop(DropReason::extension)});
    chain.rules.push_back({between(next, 0, 255), go_to("ipv6_source")});
    chain.rules.push_back({drop(DropReason::extension)});
    return chain;
}

std::vector<Chain> header_chains()
{
    return {
        {"ipv6_packet", {}, {{is_sound(), go_to("ipv6_sound")}, {drop(DropReason::extension)}}},
        {"ipv6_sound", {},
            {{is(final_protocol, 58), go_to("icmpv6_message")},
                {is_present(fragment), go_to("ipv6_fragment")}, {go_to("ipv6_protocol")}}},
        fragment_chain(),
        first_fragment_chain(),
        authentication_chain(),
        {"ipv6_protocol", {},
            {{is(final_protocol, 17), go_to("ipv6_udp")},
                {is(final_protocol, 51), go_to("ipv6_authentication")},
                {is(final_protocol, 135), drop(DropReason::extension)},
                {between(final_protocol, 139, 140), drop(DropReason::extension)}, {go_to("ipv6_source")}}},
        {"ipv6_udp", {},
            {{is_not(transport(2, 2), 546), go_to("ipv6_source")}, {drop(DropReason::dhcp_server)}}},
        {"ipv6_source", {},
            {{in("ipv6", ipv6_source), accept}, {in_nets("ipv6_nets", ipv6_source), accept},
                {drop(DropReason::ip6)}}},
    };
}

// Shorter ones have no such message in them, whatever stands behind the packet in its frame.
InRange has_at_least(unsigned bytes)
{
    return between(payload_length, bytes, 0xffff);
}

// ICMPv6 comes bare (RFC 6980), but for multicast listener reports, which have a router alert, padded
// behind or before.
std::vector<Chain> icmpv6_chains()
{
    return {
        {"icmpv6_message", {},
            {{is(next_header, 58), go_to("icmpv6_bare")},
                {is(next_header, 0), is(network(40, 6), 0x3a0005020000), go_to("mld")},
                {is(next_header, 0), is(network(40, 8), 0x3a00010005020000), go_to("mld")},
                {drop(DropReason::extension)}}},
        {"mld", {},
            {{between(icmp_type, 131, 132), has_at_least(8 + 24), go_to("mld_source")},
                {is(icmp_type, 143), has_at_least(8 + 8), go_to("mld_source")},
                {is(icmp_type, 130), drop(DropReason::query)}, {drop(DropReason::extension)}}},
        {"mld_source", {},
            {{is_unspecified(), is(network(24, 2), 0xff02), accept},
                {is_from_link_local(), is(network(24, 2), 0xff02), accept}, {go_to("ipv6_source")}}},
        {"icmpv6_bare", {},
            {{is(icmp_type, 135), go_to("nd_solicitation")}, {is(icmp_type, 136), go_to("nd_advertisement")},
                {is(icmp_type, 133), go_to("router_solicitation")},
                {between(icmp_type, 1, 4), has_at_least(8), go_to("ipv6_source")},
                {between(icmp_type, 128, 129), has_at_least(8), go_to("ipv6_source")},
                {is(icmp_type, 130), drop(DropReason::query)}, {is(icmp_type, 134), drop(DropReason::ra)},
                {between(icmp_type, 137, 140), drop(DropReason::ra)},
                {between(icmp_type, 148, 149), drop(DropReason::ra)},
                {between(icmp_type, 151, 153), drop(DropReason::ra)}, {drop(DropReason::nd)}}},
    };
}

// Solicitations and advertisements by the few shapes that they may have: the length says which
// options there can be. Looking for an option at one place would miss it behind another.
std::vector<Chain> nd_chains()
{
    const auto length = [](unsigned bytes) { return is(payload_length, bytes); };
    const auto source = go_to("ipv6_source");
    const auto target = transport(8, 16);
    return {
        {"nd_solicitation", {},
            {{is_unspecified(), is_to_solicited_node(), go_to("nd_detection")}, {length(24), source},
                {length(32), option_at(24, source_link_address), own_mac_at(26), source},
                {length(32), option_at(24, nonce), source},
                {length(40), option_at(24, source_link_address), own_mac_at(26), option_at(32, nonce),
                    source},
                {length(40), option_at(24, nonce), option_at(32, source_link_address), own_mac_at(34),
                    source},
                {drop(DropReason::nd)}}},
        // Duplicate address detection, for an address of its own: it could keep others from theirs.
        {"nd_detection", {},
            {{length(24), go_to("nd_claim")}, {length(32), option_at(24, nonce), go_to("nd_claim")},
                {drop(DropReason::nd)}}},
        {"nd_claim", {},
            {{in("nd_target", target), accept}, {in_nets("nd_target_nets", target), accept},
                {drop(DropReason::nd)}}},
        {"nd_advertisement", {},
            {{length(24), go_to("nd_target")},
                {length(32), option_at(24, target_link_address), own_mac_at(26), go_to("nd_target")},
                {drop(DropReason::nd)}}},
        {"nd_target", {},
            {{in("nd_target", target), go_to("nd_source")},
                {in_nets("nd_target_nets", target), go_to("nd_source")}, {drop(DropReason::nd)}}},
        {"nd_source", {}, {{is_from_link_local(), accept}, {source}}},
        {"router_solicitation", {},
            {{length(8), go_to("nd_source")},
                {length(16), option_at(8, source_link_address), own_mac_at(10), source},
                {drop(DropReason::nd)}}},
    };
}

} // namespace

std::vector<Chain> ipv6_chains()
{
    std::vector<Chain> all;
    for (auto* const chains : {header_chains, icmpv6_chains, nd_chains})
        for (auto& chain : chains())
            all.push_back(std::move(chain));
    return all;
}

} // namespace net::filter_rules
