#include "xen/vif/addresses.h"

#include "base/error.h"
#include "base/text.h"
#include "net/ip_words.h"

namespace xen {

namespace {

net::Mac parse_station(const std::string& text)
{
    const auto mac = net::Mac::parse(text);
    if (mac.bytes[0] & 1 || mac == net::Mac{})
        throw base::UsageError(base::quoted(text) + " is an address that no interface can have");
    return mac;
}

} // namespace

std::vector<net::IpPrefix> ip_setting(const VifSettings& settings)
{
    return settings.get("ip", net::parse_ip_words).value_or(std::vector<net::IpPrefix>());
}

std::optional<net::Mac> mac_setting(const VifSettings& settings)
{
    return settings.get("mac", parse_station);
}

} // namespace xen
