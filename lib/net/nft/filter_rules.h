// The words from which filter_table.cpp and filter_ipv6.cpp put their rules together. For these two alone.
#pragma once

#include "net/nft/filter.h"

#include <string>
#include <vector>

namespace net::filter_rules {

using nft::Chain;
using nft::Compare;
using nft::Field;
using nft::InRange;
using nft::Lookup;
using nft::Rule;
using nft::Verdict;
using Source = nft::Field::Source;

inline const Field iif{Source::in_interface, "meta iif"};
inline const Field oif{Source::out_interface, "meta oif"};
inline const Field mark{Source::mark, "meta mark"};
inline const Field final_protocol{.source = Source::protocol, .words = "meta l4proto", .size = 1};
inline const Verdict accept{Verdict::Kind::accept};

// Parts of the headers, by place and size in bytes.
Field link(unsigned offset, unsigned size);
Field network(unsigned offset, unsigned size);
Field transport(unsigned offset, unsigned size);

// Comparisons, with numbers in network order.
Compare is(const Field&, std::uint64_t value);
Compare is_not(const Field&, std::uint64_t value);
Compare masked(Compare, std::uint64_t mask);
Compare is_present(const Field& header);
InRange between(const Field&, std::uint64_t low, std::uint64_t high);

// True of every frame whose headers the kernel could follow to the end.
Compare is_sound();

// Whether the field holds what the set has for the interface.
Lookup in(const std::string& set, const Field&);
Lookup in_nets(const std::string& set, const Field&);

Verdict go_to(const std::string& chain);
Verdict drop(DropReason);

// IPv6 with all that goes over it.
std::vector<Chain> ipv6_chains();

} // namespace net::filter_rules
