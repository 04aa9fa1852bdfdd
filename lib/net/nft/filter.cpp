#include "net/nft/filter.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <iterator>

namespace net {

namespace {

using nft::Element;
using nft::Family;

constexpr const char* reason_names[] = {"mac", "tag", "ethertype", "arp", "ip4", "dhcp", "dhcp_server",
    "query", "ip6", "extension", "ra", "nd", "port", "twin"};

template <class Number> Bytes host_bytes(Number number)
{
    Bytes bytes(sizeof number);
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
}

Bytes bytes_of(const IpAddress& address)
{
    return {address.bytes.begin(), address.bytes.begin() + address_bits(address.family) / 8};
}

Bytes bytes_of(const Mac& mac)
{
    return {mac.bytes.begin(), mac.bytes.end()};
}

// The networks without host bits, none that lies within another: the kernel refuses overlaps.
std::vector<IpPrefix> disjoint(const std::vector<IpPrefix>& prefixes)
{
    std::vector<IpPrefix> kept;
    for (const auto& prefix : prefixes)
        kept.push_back(network_of(prefix));
    std::ranges::sort(kept);
    kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
    const auto all = kept;
    std::erase_if(kept, [&](const IpPrefix& prefix) {
        return std::ranges::any_of(all, [&](const IpPrefix& other) {
            return other.length < prefix.length && contains(other, prefix.address);
        });
    });
    return kept;
}

class Elements {
public:
    Elements(Family family, int index)
        : family_(family)
        , index_(host_bytes(index))
    { }

    void add_for(int link, const std::string& set, const Bytes& value)
    {
        all_.push_back({family_, set, {host_bytes(link), value}});
    }
    void add(const std::string& set) { all_.push_back({family_, set, {index_}}); }
    void add(const std::string& set, const Bytes& value) { all_.push_back({family_, set, {index_, value}}); }
    void add(const std::string& hosts, const std::string& nets, const IpPrefix& prefix)
    {
        if (prefix.is_host())
            add(hosts, bytes_of(prefix.address));
        else
            all_.push_back(
                {family_, nets, {index_, bytes_of(prefix.address)}, {index_, bytes_of(last_of(prefix))}});
    }

    std::vector<Element> take() { return std::move(all_); }

private:
    Family family_;
    Bytes index_;
    std::vector<Element> all_ = {};
};

void add_addresses(Elements& elements, Family family, const Filter& filter)
{
    auto addresses = *filter.addresses;
    addresses.push_back({link_local_of(*filter.mac), 128});
    for (const auto& prefix : disjoint(addresses)) {
        if (prefix.is_v4()) {
            elements.add("ipv4", "ipv4_nets", prefix);
        } else if (family != Family::arp) {
            elements.add("ipv6", "ipv6_nets", prefix);
            elements.add("nd_target", "nd_target_nets", prefix);
        }
    }
    if (family != Family::arp)
        elements.add("mac_field", bytes_of(*filter.mac));
}

std::vector<Element> elements_in(Family family, const Filter& filter)
{
    Elements elements(family, filter.link);
    if (filter.place == FilterPlace::bridged && family != Family::bridge) {
        if (filter.mac)
            elements.add("bridged");
        return elements.take();
    }
    if (filter.admitted)
        elements.add("ports");
    if (!filter.mac)
        return elements.take();
    elements.add("guests");
    elements.add("mac", bytes_of(*filter.mac));
    if (family == Family::bridge && filter.uplink)
        elements.add_for(*filter.uplink, "taken", bytes_of(*filter.mac));
    if (!filter.addresses)
        elements.add("mac_only");
    else
        add_addresses(elements, family, filter);
    return elements.take();
}

} // namespace

std::vector<DropReason> all_drop_reasons()
{
    std::vector<DropReason> reasons;
    for (std::uint32_t mark = 1; mark <= std::size(reason_names); ++mark)
        reasons.push_back(static_cast<DropReason>(mark));
    return reasons;
}

std::string to_string(DropReason reason)
{
    return reason_names[static_cast<std::uint32_t>(reason) - 1];
}

std::optional<DropReason> drop_reason(std::uint32_t mark)
{
    if (mark < 1 || mark > std::size(reason_names))
        return std::nullopt;
    return static_cast<DropReason>(mark);
}

IpAddress link_local_of(const Mac& mac)
{
    const auto& m = mac.bytes;
    return {AF_INET6,
        {0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(m[0] ^ 2), m[1], m[2], 0xff, 0xfe, m[3],
            m[4], m[5]}};
}

std::vector<Element> elements_of(const Filter& filter)
{
    std::vector<Element> all;
    for (const auto family : families_of(filter.place)) {
        const auto some = elements_in(family, filter);
        all.insert(all.end(), some.begin(), some.end());
    }
    std::ranges::sort(all);
    return all;
}

std::vector<Element> counters_of(const Filter& filter)
{
    std::vector<Element> all;
    for (const auto family : families_of(filter.place)) {
        const bool aside = filter.place == FilterPlace::bridged && family != Family::bridge;
        for (const auto reason : aside ? std::vector{DropReason::ethertype} : all_drop_reasons())
            all.push_back(
                {family, "drops", {host_bytes(filter.link), host_bytes(static_cast<std::uint32_t>(reason))}});
    }
    return all;
}

} // namespace net
