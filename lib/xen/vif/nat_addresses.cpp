#include "xen/vif/nat_addresses.h"

#include "base/error.h"
#include "base/text.h"

#include <sys/socket.h>

namespace xen {

namespace {

constexpr unsigned domains = 65536;
constexpr unsigned devices = 128;
constexpr unsigned router_offset = 127;

std::uint8_t high(unsigned number)
{
    return static_cast<std::uint8_t>(number >> 8);
}

std::uint8_t low(unsigned number)
{
    return static_cast<std::uint8_t>(number & 0xff);
}

void check(const VifId& id)
{
    if (id.domain >= domains)
        throw base::Error("vif-nat has no address for domain " + std::to_string(id.domain)
            + ": its scheme ends with domain 65535; give the guest an address with ip=");
    if (id.device >= devices)
        throw base::Error("vif-nat has no address for interface " + std::to_string(id.device)
            + " of a guest: its scheme ends with " + std::to_string(devices - 1)
            + "; give the interface an address with ip=");
}

net::IpPrefix host(const net::IpAddress& address)
{
    return {address, net::address_bits(address.family)};
}

} // namespace

net::IpAddress default_nat_address(const VifId& id)
{
    check(id);
    return {AF_INET, {10, high(id.domain), low(id.domain), low(id.device + 1)}};
}

net::IpAddress default_nat_ipv6_address(const VifId& id)
{
    check(id);
    net::IpAddress address{AF_INET6, {0xfd, 0x64, 0x6f, 0x6d, 0x30, 0x00, high(id.domain), low(id.domain)}};
    address.bytes[15] = low(id.device + 1);
    return address;
}

net::IpAddress nat_router(const net::IpAddress& guest)
{
    auto router = guest;
    const unsigned last = guest.bytes[3] + router_offset;
    if (last > 255)
        throw base::Error("the guest's address " + to_string(guest)
            + " leaves vif-nat no address for the router, which is the last number plus "
            + std::to_string(router_offset) + ": choose one whose last number is at most "
            + std::to_string(255 - router_offset));
    router.bytes[3] = static_cast<std::uint8_t>(last);
    return router;
}

std::vector<net::IpPrefix> nat_guest(const std::vector<net::IpPrefix>& words)
{
    std::vector<net::IpPrefix> guest;
    bool first_ipv4 = true;
    for (const auto& word : words) {
        const bool is_host = net::first_of(word) != word.address || (word.is_v4() && first_ipv4);
        first_ipv4 = first_ipv4 && !word.is_v4();
        guest.push_back(is_host ? host(word.address) : word);
    }
    return guest;
}

std::string nat_host_name(const VifId& id)
{
    return "dom" + std::to_string(id.domain) + (id.device == 0 ? "" : "-" + std::to_string(id.device + 1));
}

std::optional<VifId> id_of_nat_host(const std::string& name)
{
    if (!name.starts_with("dom"))
        return std::nullopt;
    const auto parts = base::split(name.substr(3), '-');
    const auto device = parts.size() == 2 ? base::parse_number(parts[1], devices) : 1;
    if (parts.size() > 2 || !device || *device < 1)
        return std::nullopt;
    return VifId::parse(parts[0], std::to_string(*device - 1));
}

} // namespace xen
