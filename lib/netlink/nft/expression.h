// Rules in the kernel's words: the expressions of nf_tables.
#pragma once

#include "net/nft/nft.h"
#include "netlink/message.h"

namespace netlink {

// Numbers of nf_tables are in network order.
void put_number(Message&, std::uint16_t type, std::uint32_t number);
void put_number64(Message&, std::uint16_t type, std::uint64_t number);

// {NFTA_DATA_VALUE: bytes} as the content of the attribute.
void put_value(Message&, std::uint16_t type, const net::Bytes&);

// The rule's expressions as the content of the attribute.
void put_rule(Message&, std::uint16_t type, const net::nft::Rule&);

} // namespace netlink
