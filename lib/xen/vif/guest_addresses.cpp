#include "xen/vif/guest_addresses.h"

#include "net/make_entry.h"
#include "xen/vif/routed.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <map>

namespace xen {

namespace {

using net::IpAddress;
using net::IpPrefix;
using net::KernelView;

struct Reserved {
    const char* prefix;
    const char* meaning;
};

constexpr Reserved nobodys[] = {{"0.0.0.0/8", "the unspecified address"},
    {"127.0.0.0/8", "loopback addresses"}, {"224.0.0.0/4", "multicast addresses"},
    {"240.0.0.0/4", "reserved addresses"}, {"::/128", "the unspecified address"},
    {"::1/128", "the loopback address"}, {"::ffff:0.0.0.0/96", "IPv4 addresses in another form"},
    {"ff00::/8", "multicast addresses"}};

bool overlap(const IpPrefix& one, const IpPrefix& other)
{
    return contains(one, other.address) || contains(other, one.address);
}

std::string nobody_reason(const IpPrefix& word)
{
    for (const auto& [prefix, meaning] : nobodys)
        if (overlap(*IpPrefix::parse(prefix), word))
            return std::string(word.is_host() ? "it is one of " : "it holds ") + meaning;
    return {};
}

// Addresses that nobody uses: what leads there is the default route.
net::Way default_way(int family, const KernelView& kernel)
{
    return kernel.find_way(*IpAddress::parse(family == AF_INET ? "240.0.0.1" : "e000::1"));
}

std::optional<IpAddress> own_address_in(
    const IpPrefix& prefix, const net::IfName& device, const KernelView& kernel)
{
    for (const auto& entry : kernel.entries(net::Table::addresses, device))
        if (const auto own = net::local_address(entry); !net::is_link_local(own) && contains(prefix, own))
            return own;
    return std::nullopt;
}

std::string own_reason(const IpPrefix& word, const net::Way& beyond, const KernelView& kernel)
{
    if (word.is_host()) {
        const auto way = kernel.find_way(word.address);
        if (way.type == RTN_BROADCAST)
            return "it is the broadcast address of the host's own network";
        return way.type == RTN_LOCAL || word.address == ipv6_gateway ? "it is the host's own" : "";
    }
    for (const auto& device : {beyond.device, kernel.device_towards(last_of(word))})
        if (const auto own = device ? own_address_in(word, *device, kernel) : std::nullopt)
            return "it holds the host's own " + to_string(*own);
    return {};
}

std::string router_reason(const IpPrefix& word, const net::Way& beyond)
{
    if (!beyond.gateway || net::is_link_local(*beyond.gateway) || !contains(word, *beyond.gateway))
        return {};
    return (word.is_host() ? "it is" : "it holds " + to_string(*beyond.gateway) + ",")
        + std::string(" the host's own router");
}

} // namespace

void refuse_what_is_not_the_guests(
    const VifSettings& settings, const std::vector<IpPrefix>& words, const KernelView& kernel)
{
    std::map<int, net::Way> beyond;
    const auto reason_against = [&](const IpPrefix& word) {
        if (word.length == 0)
            return std::string("it is every address there is");
        if (auto reason = nobody_reason(word); !reason.empty())
            return reason;
        const int family = word.address.family;
        if (!beyond.contains(family))
            beyond[family] = default_way(family, kernel);
        auto reason = own_reason(word, beyond[family], kernel);
        return reason.empty() ? router_reason(word, beyond[family]) : reason;
    };
    for (const auto& word : words)
        if (const auto reason = reason_against(word); !reason.empty())
            refuse(*settings.find("ip"),
                "ip word " + to_string(word) + " cannot be routed to a guest, for " + reason
                    + ": name the guest's own addresses");
}

} // namespace xen
