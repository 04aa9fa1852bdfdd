#include "xen/vif/mtu.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>

namespace xen {

namespace {

constexpr unsigned largest_mtu = 65535;

bool takes_mtu(const net::Link& link, std::uint64_t mtu)
{
    return mtu >= link.min_mtu && (link.max_mtu == 0 || mtu <= link.max_mtu);
}

} // namespace

unsigned choose_mtu(
    const VifSettings& settings, const net::Link& vif, unsigned usual, std::vector<std::string>& remarks)
{
    const auto setting = settings.find("mtu");
    const auto asked = setting ? base::parse_number(setting->text, largest_mtu) : usual;
    if (asked && *asked > 0 && takes_mtu(vif, *asked))
        return static_cast<unsigned>(*asked);
    const auto word = setting ? base::quoted(setting->text) : std::to_string(usual);
    if (setting && !setting->from_xenstore)
        throw base::UsageError("mtu " + word + " is not a number from "
            + std::to_string(std::max(vif.min_mtu, 1U)) + " to "
            + std::to_string(vif.max_mtu == 0 ? largest_mtu : vif.max_mtu));
    remarks.push_back("mtu " + word + " is nothing that " + vif.name.str() + " can take, ignoring");
    return vif.mtu;
}

} // namespace xen
