// Rules in the kernel's words: the expressions of nf_tables.
#pragma once

#include "net/nft/nft.h"
#include "netlink/nft/object.h"

namespace netlink {

void add_expressions(nftnl_rule*, const net::nft::Rule&);

} // namespace netlink
