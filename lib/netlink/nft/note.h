// Notes that nft keeps with a set to know what its keys mean. The kernel only carries them; without
// them `nft list` would show bare numbers.
#pragma once

#include "net/nft/nft.h"

#include <cstdint>

namespace netlink {

// nft's number of the type of a set's keys.
std::uint32_t key_type(const net::nft::Set&);

// The note, as nft writes it.
net::Bytes note_of(const net::nft::Set&);

} // namespace netlink
