// The rules that all guests share. They say what may pass, step by step; the last rule of each
// chain drops. A rule that a field is missing for (a header cut short, a later fragment) does not
// match, so what cannot be judged is dropped.
#include "net/nft/filter_rules.h"

namespace net {

namespace {

using namespace filter_rules;
using nft::Family;
using nft::KeyPart;
using nft::Set;

// Before br_netfilter (-300) and ebtables, and before the host reassembles fragments (-400).
constexpr int bridge_priority = -310;
constexpr int host_priority = -450;

const Field ether_source{Source::link, "ether saddr", 6, 6};
const Field ether_type = link(12, 2);
const Field arp_ether{Source::network, "arp saddr ether", 8, 6};
const Field arp_ip{Source::network, "arp saddr ip", 14, 4};
const Field ipv4_source{Source::network, "ip saddr", 12, 4};

Field ip_option(unsigned number, const std::string& name)
{
    return {.source = Source::option,
        .words = "ip option " + name,
        .size = 1,
        .header = number,
        .presence = true};
}

bool judges_arp(Family family)
{
    return family != Family::inet;
}

bool judges_ip(Family family)
{
    return family != Family::arp;
}

std::vector<Chain> guest_chains(Family family)
{
    Chain frame{"frame", {}, {{Lookup{{iif}, "mac_only"}, accept}}};
    if (judges_arp(family))
        frame.rules.push_back({is(ether_type, 0x0806), go_to("arp_packet")});
    if (judges_ip(family)) {
        frame.rules.push_back({is(ether_type, 0x0800), go_to("ipv4_packet")});
        frame.rules.push_back({is(ether_type, 0x86dd), go_to("ipv6_packet")});
    }
    for (const unsigned tag : {0x8100U, 0x88a8U, 0x9100U})
        frame.rules.push_back({is(ether_type, tag), drop(DropReason::tag)});
    frame.rules.push_back({drop(DropReason::ethertype)});
    return {{"guest", {}, {{in("mac", ether_source), go_to("frame")}, {drop(DropReason::mac)}}}, frame};
}

// Ethernet and IPv4 by their proper sizes; a request or an answer; and a probe (RFC 5227), which
// has no sender yet.
std::vector<Chain> arp_chains()
{
    const auto operation = network(6, 2);
    return {
        {"arp_packet", {},
            {{is(network(0, 6), 0x000108000604), between(operation, 1, 2), in("mac", arp_ether),
                 go_to("arp_sender")},
                {drop(DropReason::arp)}}},
        {"arp_sender", {},
            {{in("ipv4", arp_ip), accept}, {in_nets("ipv4_nets", arp_ip), accept},
                {is(operation, 1), is(network(14, 4), 0), accept}, {drop(DropReason::arp)}}},
    };
}

// What every link can carry (RFC 791). A first fragment shorter than that is made to hide its ports.
constexpr unsigned shortest_first_fragment = 68;

// With the header of UDP, without options (RFC 2131); what stands behind it is no part of a request.
constexpr unsigned shortest_dhcp = 8 + 236;

std::vector<Chain> ipv4_chains()
{
    const auto fragment_word = network(6, 2);
    const auto destination_port = transport(2, 2);
    return {
        {"ipv4_packet", {}, {{is_sound(), go_to("ipv4_sound")}, {drop(DropReason::ip4)}}},
        {"ipv4_sound", {},
            {{is_present(ip_option(131, "lsrr")), drop(DropReason::ip4)},
                {is_present(ip_option(137, "ssrr")), drop(DropReason::ip4)},
                {masked(is(fragment_word, 0x2000), 0x3fff),
                    between(network(2, 2), 0, shortest_first_fragment - 1), drop(DropReason::ip4)},
                {masked(is_not(fragment_word, 0), 0x1fff), go_to("ipv4_source")},
                {is(final_protocol, 17), go_to("ipv4_udp")}, {is(final_protocol, 2), go_to("igmp_message")},
                {go_to("ipv4_source")}}},
        {"ipv4_source", {},
            {{in("ipv4", ipv4_source), accept}, {in_nets("ipv4_nets", ipv4_source), accept},
                {drop(DropReason::ip4)}}},
        {"ipv4_udp", {},
            {{is(destination_port, 67), go_to("dhcp")}, {is_not(destination_port, 68), go_to("ipv4_source")},
                {drop(DropReason::dhcp_server)}}},
        // A request whole, from a client's port, of an Ethernet card that is the guest's own.
        {"dhcp", {},
            {{masked(is(fragment_word, 0), 0x2000), between(network(2, 2), 20 + shortest_dhcp, 0xffff),
                 between(transport(4, 2), shortest_dhcp, 0xffff), is(transport(0, 2), 68),
                 is(transport(8, 3), 0x010106), in("mac_field", transport(36, 6)), go_to("dhcp_client")},
                {drop(DropReason::dhcp)}}},
        {"dhcp_client", {}, {{is(network(12, 8), 0xffffffff), accept}, {go_to("ipv4_source")}}},
        {"igmp_message", {},
            {{is_not(transport(0, 1), 0x11), go_to("ipv4_source")}, {drop(DropReason::query)}}},
    };
}

// Counting is a rule of its own: were the set full, that rule would be left and the frame not dropped.
std::vector<Chain> drop_chains()
{
    std::vector<Chain> chains;
    for (const auto reason : all_drop_reasons())
        chains.push_back({"drop_" + to_string(reason), {},
            {{nft::SetMark{static_cast<std::uint32_t>(reason)}, nft::CountIn{{iif, mark}, "drops"}},
                {Verdict{Verdict::Kind::drop}}}});
    return chains;
}

const Rule no_twins = {in("taken", ether_source), drop(DropReason::twin)};

const Rule guests_go = {Lookup{{iif}, "guests"}, go_to("guest")};

// A port of a bridge has nothing to say to the host's own IP. The bridge lets frames for LLDP's
// address through to it without asking any chain of the bridge, whatever they carry.
const Rule bridged_end = {Lookup{{iif}, "bridged"}, drop(DropReason::ethertype)};

// Frames to the addresses that switches keep for themselves (01:80:c2:00:00:0x) go past prerouting
// to the host.
std::vector<Chain> bridge_base_chains()
{
    const auto to_switches = masked(is(link(0, 6), 0x0180c2000000), 0xfffffffffff0);
    return {
        {"prerouting", nft::Hook{"prerouting", 0, bridge_priority}, {guests_go, no_twins}},
        {"input", nft::Hook{"input", 1, bridge_priority},
            {{Lookup{{iif}, "guests"}, to_switches, drop(DropReason::ethertype)}}},
        {"forward", nft::Hook{"forward", 2, bridge_priority},
            {{Lookup{{oif}, "ports"}, Lookup{.fields = {iif}, .set = "ports", .inverted = true},
                drop(DropReason::port)}}},
    };
}

std::vector<Chain> base_chains(Family family)
{
    switch (family) {
    case Family::bridge:
        return bridge_base_chains();
    case Family::inet:
        return {{"prerouting", nft::Hook{"prerouting", 0, host_priority}, {bridged_end, guests_go}}};
    case Family::arp:
        return {{"input", nft::Hook{"input", 0, host_priority}, {bridged_end, guests_go}}};
    }
    return {};
}

std::vector<Set> filter_sets(Family family)
{
    const auto keyed = [](KeyPart part) { return std::vector{KeyPart::interface, part}; };
    std::vector<Set> sets{{"guests", {KeyPart::interface}}, {"mac_only", {KeyPart::interface}},
        {"mac", keyed(KeyPart::ethernet)}, {"ipv4", keyed(KeyPart::ipv4)},
        {"ipv4_nets", keyed(KeyPart::ipv4), true},
        {.name = "drops", .key = keyed(KeyPart::mark), .counting = true}};
    if (family == Family::bridge)
        for (const auto& set : {Set{"ports", {KeyPart::interface}}, Set{"taken", keyed(KeyPart::ethernet)}})
            sets.push_back(set);
    else
        sets.push_back({"bridged", {KeyPart::interface}});
    if (judges_ip(family))
        for (const auto& set :
            {Set{"mac_field", keyed(KeyPart::raw_ethernet)}, Set{"ipv6", keyed(KeyPart::ipv6)},
                Set{"ipv6_nets", keyed(KeyPart::ipv6), true}, Set{"nd_target", keyed(KeyPart::raw_ipv6)},
                Set{"nd_target_nets", keyed(KeyPart::raw_ipv6), true}})
            sets.push_back(set);
    return sets;
}

void append(std::vector<Chain>& all, const std::vector<Chain>& more)
{
    all.insert(all.end(), more.begin(), more.end());
}

} // namespace

nft::Table filter_table(Family family)
{
    nft::Table table{family, "dom0net", filter_sets(family), base_chains(family)};
    append(table.chains, guest_chains(family));
    if (judges_arp(family))
        append(table.chains, arp_chains());
    if (judges_ip(family))
        for (auto* const chains : {ipv4_chains, ipv6_chains})
            append(table.chains, chains());
    append(table.chains, drop_chains());
    return table;
}

std::vector<nft::Family> families_of(FilterPlace place)
{
    if (place == FilterPlace::bridged)
        return {Family::bridge, Family::inet, Family::arp};
    if (place == FilterPlace::uplink)
        return {Family::bridge};
    return {Family::inet, Family::arp};
}

} // namespace net
