#include "xen/vif/addresses.h"

#include "base/text.h"
#include "net/ip_words.h"

namespace xen {

std::vector<net::IpPrefix> ip_setting(const VifSettings& settings)
{
    const auto setting = settings.find("ip");
    if (!setting)
        return {};
    if (const auto fault = net::ip_words_fault(setting->text))
        refuse(*setting, *fault);
    return net::parse_ip_words(setting->text);
}

std::optional<net::Mac> mac_setting(const VifSettings& settings)
{
    const auto setting = settings.find("mac");
    if (!setting)
        return std::nullopt;
    const auto mac = net::Mac::try_parse(setting->text);
    if (!mac)
        refuse(*setting, "mac " + net::Mac::fault(setting->text));
    if (mac->bytes[0] & 1 || *mac == net::Mac{})
        refuse(*setting, "mac " + base::quoted(setting->text) + " is an address that no interface can have");
    return mac;
}

} // namespace xen
