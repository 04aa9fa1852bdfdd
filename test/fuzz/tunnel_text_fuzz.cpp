// The words of a tunnel, one a line, or a domain in XML: refused in words that can be printed, or read and
// printed as words that mean the same.
#include "base/error.h"
#include "base/text.h"
#include "tunnel/config/config.h"
#include "tunnel/config/domain_xml.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

void expect(bool holds)
{
    if (!holds)
        __builtin_trap();
}

void read_words(const std::vector<std::string>& words)
{
    try {
        const auto config = tunnel::Config::parse(words, false);
        expect(tunnel::Config::parse(to_words(config), false) == config);
    } catch (const base::UsageError&) { }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_words(base::split(text, '\n'));
    try {
        for (const auto& tunnel : tunnel::parse_domain_xml(text).tunnels)
            read_words(tunnel.words);
    } catch (const base::UsageError&) { }
    return 0;
}
