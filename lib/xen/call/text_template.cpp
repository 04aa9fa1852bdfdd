#include "xen/call/text_template.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace xen {

std::string fill_template(const std::string& text, const std::map<std::string, std::string>& values)
{
    constexpr std::array<std::string_view, 5> known{"name", "uuid", "domid", "devid", "mac"};
    std::string filled;
    for (std::size_t here = 0; here < text.size();) {
        const auto brace = std::min(text.find_first_of("{}", here), text.size());
        filled.append(text, here, brace - here);
        if (brace == text.size())
            break;
        const auto end = text.find('}', brace);
        if (text[brace] == '}' || end == std::string::npos)
            throw base::UsageError("has a brace without its other");
        const auto name = text.substr(brace + 1, end - brace - 1);
        if (std::ranges::find(known, name) == known.end())
            throw base::UsageError("has {" + base::printable(name, 40)
                + "}, which is none of {name}, {uuid}, {domid}, {devid} and {mac}");
        if (const auto value = values.find(name); value != values.end())
            filled += value->second;
        here = end + 1;
    }
    return filled;
}

} // namespace xen
