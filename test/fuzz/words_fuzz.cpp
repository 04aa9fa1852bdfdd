// Command line words, and what a vif program makes of them.
#include "base/error.h"
#include "base/text.h"
#include "xen/call/invocation.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const xen::Words words(base::split(text, '\n'), [](const char*) -> const char* { return nullptr; });
    for (const bool with_xenstore : {false, true}) {
        try {
            const auto call = xen::Invocation::parse(words, with_xenstore);
            if (call && net::IfName::fault(call->device.str()))
                __builtin_trap(); // a name went through that is none
            if (call)
                xen::wanted_name(*call, xen::VifSettings(words, nullptr, call->xenbus_path));
        } catch (const base::Error&) { }
    }
    return 0;
}
