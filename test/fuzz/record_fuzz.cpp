// A record as it may lie on a disk: it is read, or refused as damaged, and nothing else.
#include "base/error.h"
#include "net/json.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto object = nlohmann::json::parse(data, data + size, nullptr, false);
    if (object.is_discarded())
        return 0;
    try {
        const auto entry = net::entry_from_json(object);
        if (net::entry_from_json(net::entry_to_json(entry)) != entry)
            __builtin_trap();
    } catch (const base::Error&) { }
    return 0;
}
