// Whatever bytes the kernel may send as an entry: nothing that is done to it may go wrong.
#include "net/entry.h"
#include "net/json.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::size_t longest_header = 16;
    if (size < 2)
        return 0;
    const std::span bytes(data + 2, size - 2);
    const auto header = bytes.first(std::min<std::size_t>(data[1] % (longest_header + 1), bytes.size()));
    net::Entry entry{.table = static_cast<net::Table>(data[0] % 5),
        .header = net::Bytes(header.begin(), header.end()),
        .attributes = net::Attributes::parse(bytes.subspan(header.size())),
        .device = net::IfName::try_parse("eth0")};
    if (net::Attributes::parse(entry.attributes.serialize()) != entry.attributes)
        __builtin_trap();
    const auto kept = normalized(entry);
    if (normalized(kept) != kept)
        __builtin_trap();
    if (kept.attributes.all().size() <= 1 && net::entry_from_json(net::entry_to_json(kept)) != kept)
        __builtin_trap();
    to_string(kept);
    is_kernels_own(entry);
    is_permanent(entry);
    is_learned(entry);
    connected_routes(kept);
    local_address(kept);
    destination(kept);
    renamed(kept, *net::IfName::try_parse("eth0"), *net::IfName::try_parse("xenbr0"));
    same_identity(entry, kept);
    return 0;
}
