#include "netlink/codec.h"

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <span>
#include <utility>

namespace netlink {

namespace {

using net::Attributes;
using net::Bytes;
using net::Entry;
using net::Table;

std::span<const std::uint8_t> content(const nlmsghdr* message)
{
    return {static_cast<const std::uint8_t*>(nlmsg_data(message)),
        static_cast<std::size_t>(nlmsg_datalen(message))};
}

std::optional<net::AddrGenMode> addr_gen_mode(const Attributes& attributes)
{
    const auto ipv6 = nested(nested(attributes, IFLA_AF_SPEC), AF_INET6);
    const auto mode = ipv6.get<std::uint8_t>(IFLA_INET6_ADDR_GEN_MODE);
    return mode ? std::optional(static_cast<net::AddrGenMode>(*mode)) : std::nullopt;
}

// IFLA_PARENT_DEV_NAME, since Linux 5.14; older headers do not have it.
constexpr std::uint16_t parent_dev_name = 56;

void decode_bridge(net::Link& bridge, const Attributes& data)
{
    bridge.vlan_filtering = data.get<std::uint8_t>(IFLA_BR_VLAN_FILTERING).value_or(0) != 0;
    bridge.knows_vlans = data.find(IFLA_BR_VLAN_PROTOCOL) != nullptr;
    bridge.default_vlan = data.get<std::uint16_t>(IFLA_BR_VLAN_DEFAULT_PVID).value_or(0);
}

bool is_running(const ifinfomsg& head, const Attributes& attributes)
{
    const auto state = attributes.get<std::uint8_t>(IFLA_OPERSTATE).value_or(IF_OPER_UNKNOWN);
    return state == IF_OPER_UP || (state == IF_OPER_UNKNOWN && (head.ifi_flags & IFF_RUNNING));
}

std::size_t header_size(Table table)
{
    switch (table) {
    case Table::addresses:
        return sizeof(ifaddrmsg);
    case Table::routes:
        return sizeof(rtmsg);
    case Table::neighbours:
        return sizeof(ndmsg);
    case Table::rules:
        return sizeof(fib_rule_hdr);
    case Table::nexthops:
        return sizeof(nhmsg);
    }
    return 0;
}

// Where a table's entries keep their device: an attribute, or the header (addresses, neighbours).
std::optional<std::uint16_t> device_attribute(Table table)
{
    switch (table) {
    case Table::routes:
        return RTA_OIF;
    case Table::nexthops:
        return NHA_OIF;
    default:
        return std::nullopt;
    }
}

// Reads and clears the index in the header.
int take_index_from_header(Entry& entry)
{
    int index = 0;
    if (entry.table == Table::addresses) {
        auto head = entry.head<ifaddrmsg>();
        index = static_cast<int>(std::exchange(head.ifa_index, 0));
        entry.set_head(head);
    } else if (entry.table == Table::neighbours) {
        auto head = entry.head<ndmsg>();
        index = std::exchange(head.ndm_ifindex, 0);
        entry.set_head(head);
    }
    return index;
}

int take_index(Entry& entry)
{
    const auto attribute = device_attribute(entry.table);
    if (!attribute)
        return take_index_from_header(entry);
    const int index = entry.attributes.get<int>(*attribute).value_or(0);
    entry.attributes.erase(*attribute);
    return index;
}

bool take_hops(Entry& entry, const NameOf& name_of)
{
    const Bytes* const multipath =
        entry.table == Table::routes ? entry.attributes.find(RTA_MULTIPATH) : nullptr;
    if (!multipath)
        return true;
    auto left = std::span(*multipath);
    while (left.size() >= sizeof(rtnexthop)) {
        rtnexthop hop;
        std::memcpy(&hop, left.data(), sizeof hop);
        if (hop.rtnh_len < sizeof hop || hop.rtnh_len > left.size())
            return false;
        const auto device = name_of(hop.rtnh_ifindex);
        if (!device)
            return false;
        entry.hops.push_back({*device, hop.rtnh_flags, hop.rtnh_hops,
            Attributes::parse(left.subspan(sizeof hop, hop.rtnh_len - sizeof hop))});
        left = left.subspan(std::min<std::size_t>(RTNH_ALIGN(hop.rtnh_len), left.size()));
    }
    entry.attributes.erase(RTA_MULTIPATH);
    return true;
}

void put_hops(Message& message, const Entry& entry, const IndexOf& index_of)
{
    Bytes multipath;
    for (const auto& hop : entry.hops) {
        const auto attributes = hop.attributes.serialize();
        const rtnexthop head{static_cast<unsigned short>(sizeof(rtnexthop) + attributes.size()), hop.flags,
            hop.weight, index_of(hop.device)};
        const auto* const raw = reinterpret_cast<const std::uint8_t*>(&head);
        multipath.insert(multipath.end(), raw, raw + sizeof head);
        multipath.insert(multipath.end(), attributes.begin(), attributes.end());
    }
    message.put(RTA_MULTIPATH, std::span<const std::uint8_t>(multipath));
}

Bytes header_with_index(const Entry& entry, int index)
{
    Entry copy{.table = entry.table, .header = entry.header};
    if (entry.table == Table::addresses) {
        auto head = entry.head<ifaddrmsg>();
        head.ifa_index = static_cast<std::uint32_t>(index);
        copy.set_head(head);
    } else if (entry.table == Table::neighbours) {
        auto head = entry.head<ndmsg>();
        head.ndm_ifindex = index;
        copy.set_head(head);
    }
    return copy.header;
}

} // namespace

std::optional<net::Link> decode_link(const nlmsghdr* message)
{
    const auto bytes = content(message);
    if (message->nlmsg_type != RTM_NEWLINK || bytes.size() < sizeof(ifinfomsg))
        return std::nullopt;
    ifinfomsg head;
    std::memcpy(&head, bytes.data(), sizeof head);
    const auto attributes = attributes_of(message, sizeof head);
    const auto name = net::IfName::try_parse(attributes.text(IFLA_IFNAME));
    if (!name)
        return std::nullopt;
    net::Link link{.index = head.ifi_index, .name = *name};
    link.kind = nested(attributes, IFLA_LINKINFO).text(IFLA_INFO_KIND);
    if (link.is_bridge())
        decode_bridge(link, nested(nested(attributes, IFLA_LINKINFO), IFLA_INFO_DATA));
    link.master = attributes.get<int>(IFLA_MASTER);
    link.mac.bytes = attributes.get<decltype(link.mac.bytes)>(IFLA_ADDRESS).value_or(link.mac.bytes);
    link.mtu = attributes.get<std::uint32_t>(IFLA_MTU).value_or(0);
    link.group = attributes.get<std::uint32_t>(IFLA_GROUP).value_or(0);
    link.alias = attributes.text(IFLA_IFALIAS);
    link.parent = attributes.text(parent_dev_name);
    link.min_mtu = attributes.get<std::uint32_t>(IFLA_MIN_MTU).value_or(0);
    link.max_mtu = attributes.get<std::uint32_t>(IFLA_MAX_MTU).value_or(0);
    link.tx_queue_length = attributes.get<std::uint32_t>(IFLA_TXQLEN).value_or(0);
    link.up = (head.ifi_flags & IFF_UP) != 0;
    link.running = is_running(head, attributes);
    link.ethernet = head.ifi_type == ARPHRD_ETHER;
    link.addr_gen_mode = addr_gen_mode(attributes);
    return link;
}

std::optional<Entry> decode_entry(Table table, const nlmsghdr* message, const NameOf& name_of)
{
    const auto bytes = content(message);
    const auto head_size = header_size(table);
    if (bytes.size() < head_size)
        return std::nullopt;
    Entry entry{.table = table,
        .header = Bytes(bytes.begin(), bytes.begin() + static_cast<long>(head_size)),
        .attributes = attributes_of(message, head_size)};
    if (const int index = take_index(entry)) {
        entry.device = name_of(index);
        if (!entry.device)
            return std::nullopt;
    }
    if (!take_hops(entry, name_of))
        return std::nullopt;
    return entry;
}

void encode_entry(Message& message, const Entry& entry, const IndexOf& index_of)
{
    const int index = entry.device ? index_of(*entry.device) : 0;
    message.add(header_with_index(entry, index));
    message.put(entry.attributes);
    const auto attribute = device_attribute(entry.table);
    const bool told_by_object = entry.table == Table::routes && has_nexthop_object(entry);
    if (attribute && entry.device && !told_by_object)
        message.put(*attribute, static_cast<std::uint32_t>(index));
    if (!entry.hops.empty())
        put_hops(message, entry, index_of);
}

std::string sysctl_path(const net::IfName& device, const std::string& key)
{
    const auto end_of_folder = key.rfind('/');
    return "/proc/sys/net/" + key.substr(0, end_of_folder) + "/" + device.str() + key.substr(end_of_folder);
}

} // namespace netlink
