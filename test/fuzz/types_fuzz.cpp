// Names, MAC and IP addresses, numbers: what is taken must print as something that is taken again, and equal.
#include "base/error.h"
#include "base/text.h"
#include "net/types.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

void expect(bool holds)
{
    if (!holds)
        __builtin_trap();
}

void check_mac(std::string_view text)
{
    try {
        const auto mac = net::Mac::parse(text);
        expect(net::Mac::parse(to_string(mac)) == mac);
    } catch (const base::UsageError&) { }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_mac(text);
    if (const auto address = net::IpAddress::parse(text))
        expect(net::IpAddress::parse(to_string(*address)) == *address);
    if (!net::IfName::fault(text))
        expect(net::IfName::try_parse(text) && net::IfName::parse(text).str() == text);
    if (const auto number = base::parse_number(text))
        expect(base::parse_number(std::to_string(*number)) == *number);
    for (const char c : base::quoted(text))
        expect(c >= ' ' && c <= '~');
    expect(base::join(base::split(text, ','), ",") == text || text.empty() || text.front() == ',');
    return 0;
}
