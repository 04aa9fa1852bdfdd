// What a rule of nftables, anybody's, says of interfaces.
#pragma once

#include "net/attributes.h"
#include "netlink/use/interface_names.h"

#include <string>
#include <vector>

namespace netlink {

// A set that a rule looks an interface up in.
struct SetLookup {
    std::string set;
    std::string words; // "iifname"
    std::size_t offset = 0; // of the interface in the set's key
    bool by_index = false;
};

struct NftRule {
    std::string words = {}; // the first test that is true of the card alone: iifname "eth0"; empty if none is
    bool of_ports = false; // that test is about ports of bridges
    bool names_successor = false; // a test is true of the successor alone
    std::vector<SetLookup> lookups = {};
    std::string likeness =
        {}; // the same for two rules that differ only in the one's card and the other's successor
};

// `expressions` is the content of NFTA_RULE_EXPRESSIONS.
NftRule read_nft_rule(const net::Attributes& expressions, const Exchange&);

} // namespace netlink
