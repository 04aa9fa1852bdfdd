// Xen's own files of settings, which people write: read, or refused in words with a line; and a line of ours
// that is added to a text can be taken away again.
#include "base/error.h"
#include "xen/adoption/our_line.h"
#include "xen/adoption/xend_config.h"
#include "xen/adoption/xl_conf.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

void expect(bool holds)
{
    if (!holds)
        __builtin_trap();
}

void read_xl_conf(std::string_view text)
{
    try {
        xen::default_vif_script(xen::parse_xl_conf(text, "xl.conf"));
    } catch (const base::Error& error) {
        expect(std::string_view(error.what()).starts_with("xl.conf:"));
        return;
    }
    const auto with = xen::with_our_line(text, "vif.default.script=\"ours\"");
    expect(xen::default_vif_script(xen::parse_xl_conf(with, "xl.conf")).has_value());
    expect(xen::without_our_line(with).starts_with(xen::without_our_line(text)));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_xl_conf(text);
    try {
        const auto config = xen::parse_xend_config(text, "sxp");
        expect(!config.network_script || !config.network_script->text.empty());
    } catch (const base::Error& error) {
        expect(std::string_view(error.what()).starts_with("sxp:"));
    }
    return 0;
}
