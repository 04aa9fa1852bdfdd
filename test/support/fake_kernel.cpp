#include "fake_kernel.h"

#include "base/error.h"
#include "net/nft/filter_record.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace test {

using net::Entry;
using net::IfName;
using net::Link;
using net::Mac;
using net::Table;

namespace {

constexpr unsigned ethernet_mtu = 1500;
constexpr unsigned largest_mtu = 65535;
constexpr Mac no_mac{};

const net::Sysctls& default_sysctls()
{
    static const net::Sysctls settings = {{"ipv4/conf/rp_filter", "0"}, {"ipv4/conf/proxy_arp", "0"},
        {"ipv4/conf/promote_secondaries", "0"}, {"ipv4/conf/arp_ignore", "0"}, {"ipv6/conf/accept_ra", "1"},
        {"ipv6/conf/disable_ipv6", "0"}, {"ipv6/conf/proxy_ndp", "0"}, {"ipv4/conf/forwarding", "0"},
        {"ipv6/conf/forwarding", "0"}, {"ipv4/neigh/gc_stale_time", "60"}};
    return settings;
}

[[noreturn]] void refuse(int code, const net::Step& step)
{
    throw base::SystemError(code, to_string(step));
}

} // namespace

FakeKernel::FakeKernel()
    : for_all_(default_sysctls())
    , for_new_(default_sysctls())
    , tables_({[this](const IfName& name) { return find(name) != nullptr; },
          [this](const IfName& name) { return find(name) && find(name)->link.up; },
          [this](const IfName& name) { return flag(name, "ipv4/conf/promote_secondaries"); }})
{ }

FakeKernel::Device& FakeKernel::make(const std::string& name, const std::string& kind)
{
    const int index = next_index_++;
    Device device{.link = {.index = index,
                      .name = IfName::parse(name),
                      .kind = kind,
                      .mtu = ethernet_mtu,
                      .min_mtu = 68,
                      .max_mtu = largest_mtu,
                      .tx_queue_length = 1000,
                      .addr_gen_mode = net::AddrGenMode::eui64},
        .sysctls = for_new_};
    return devices_.insert({index, device}).first->second;
}

Link& FakeKernel::plug_in(const std::string& name, const std::string& mac, const std::string& kind)
{
    auto& device = make(name, kind);
    device.link.mac = Mac::parse(mac);
    return device.link;
}

void FakeKernel::add_plain_bridge(const std::string& name)
{
    make(name, "bridge");
}

void FakeKernel::plug_in_when_awaited(
    const std::string& name, const std::string& mac, const std::string& kind)
{
    auto& link = plug_in(name, mac, kind);
    late_.insert({link.name, link});
    devices_.erase(link.index);
}

void FakeKernel::set_up(const std::string& name)
{
    apply(net::ChangeLink{IfName::parse(name), {.up = true}, {.up = false}});
}

void FakeKernel::set_master(const std::string& port, const std::string& bridge)
{
    apply(net::ChangeLink{IfName::parse(port), {.master = IfName::parse(bridge)}, {}});
}

void FakeKernel::pull_out(const std::string& name)
{
    remove(IfName::parse(name));
}

void FakeKernel::add_alternative_name(const std::string& link, const std::string& name)
{
    find(IfName::parse(link))->alternative_names.insert(net::DeviceName::parse(name));
}

FakeKernel::Device* FakeKernel::find(const IfName& name)
{
    const auto found =
        std::ranges::find_if(devices_, [&](const auto& each) { return each.second.link.name == name; });
    return found == devices_.end() ? nullptr : &found->second;
}

const FakeKernel::Device* FakeKernel::find(const IfName& name) const
{
    return const_cast<FakeKernel*>(this)->find(name);
}

FakeKernel::Device& FakeKernel::need(const IfName& name, const net::Step& step)
{
    if (auto* const device = find(name))
        return *device;
    refuse(ENODEV, step);
}

bool FakeKernel::has_carrier(const Device& device) const
{
    if (device.peer)
        return devices_.contains(*device.peer) && devices_.at(*device.peer).link.up;
    if (!device.link.is_bridge())
        return true;
    return std::ranges::any_of(devices_, [&](const auto& each) {
        return each.second.link.master == device.link.index && is_running(each.second);
    });
}

bool FakeKernel::is_running(const Device& device) const
{
    return device.link.up && has_carrier(device);
}

bool FakeKernel::flag(const IfName& name, const std::string& sysctl) const
{
    const auto* const device = find(name);
    return device && device->sysctls.contains(sysctl) && device->sysctls.at(sysctl) != "0";
}

Link FakeKernel::seen(const Device& device) const
{
    Link link = device.link;
    link.running = is_running(device);
    link.knows_vlans = knows_vlans || !link.is_bridge();
    return link;
}

std::optional<Link> FakeKernel::find_link(const IfName& name) const
{
    const auto* const device = find(name);
    return device ? std::optional(seen(*device)) : std::nullopt;
}

std::optional<Link> FakeKernel::find_device(const net::DeviceName& name) const
{
    for (const auto& [index, device] : devices_)
        if (name == device.link.name || device.alternative_names.contains(name))
            return seen(device);
    return std::nullopt;
}

std::optional<Link> FakeKernel::find_link(int index) const
{
    const auto device = devices_.find(index);
    return device == devices_.end() ? std::nullopt : std::optional(seen(device->second));
}

std::optional<Link> FakeKernel::await_link(const IfName& name, std::chrono::milliseconds) const
{
    if (const auto late = late_.extract(name); late) {
        auto& devices = const_cast<FakeKernel*>(this)->devices_;
        devices.insert({late.mapped().index, {.link = late.mapped(), .sysctls = default_sysctls()}});
    }
    return find_link(name);
}

std::vector<Link> FakeKernel::links() const
{
    std::vector<Link> found;
    for (const auto& [index, device] : devices_)
        found.push_back(seen(device));
    return found;
}

std::vector<Link> FakeKernel::bridges() const
{
    auto found = links();
    std::erase_if(found, [](const Link& link) { return !link.is_bridge(); });
    return found;
}

std::vector<Link> FakeKernel::ports(const Link& bridge) const
{
    std::vector<Link> found;
    for (const auto& [index, device] : devices_)
        if (device.link.master == bridge.index)
            found.push_back(seen(device));
    return found;
}

std::vector<Entry> FakeKernel::entries(Table table, const IfName& device) const
{
    if (!find(device))
        throw base::SystemError(ENODEV, "looking for " + device.str());
    return tables_.of(table, device);
}

std::vector<Entry> FakeKernel::default_routes() const
{
    std::vector<Entry> found;
    for (const int family : {AF_INET, AF_INET6})
        std::ranges::copy_if(tables_.all(Table::routes), std::back_inserter(found), [&](const Entry& each) {
            const auto head = each.head<rtmsg>();
            return each.family() == family && head.rtm_dst_len == 0 && head.rtm_type == RTN_UNICAST
                && each.attributes.get<std::uint32_t>(RTA_TABLE) == std::uint32_t{RT_TABLE_MAIN};
        });
    return found;
}

net::Way FakeKernel::find_way(const net::IpAddress& address) const
{
    for (const auto& each : tables_.all(Table::addresses))
        if (net::local_address(each) == address)
            return {.device = IfName::parse("lo"), .type = RTN_LOCAL};
    const auto fits = [&](const Entry& route) {
        const auto* const to = route.attributes.find(RTA_DST);
        const unsigned length = route.head<rtmsg>().rtm_dst_len;
        for (unsigned bit = 0; to && bit < length; ++bit)
            if ((((*to)[bit / 8] ^ address.bytes[bit / 8]) >> (7 - bit % 8)) & 1)
                return false;
        return route.family() == address.family;
    };
    const Entry* best = nullptr;
    for (const auto& route : tables_.all(Table::routes))
        if (fits(route) && (!best || route.head<rtmsg>().rtm_dst_len > best->head<rtmsg>().rtm_dst_len))
            best = &route;
    if (!best)
        return {};
    return {.device = best->hops.empty() ? best->device : best->hops.front().device,
        .gateway = net::gateway_of(*best),
        .type = best->head<rtmsg>().rtm_type};
}

net::Sysctls FakeKernel::sysctls(const IfName& device) const
{
    if (device.str() == "default")
        return for_new_;
    if (device.str() == "all")
        return for_all_;
    const auto* const found = find(device);
    return found ? found->sysctls : net::Sysctls();
}

std::optional<std::string> FakeKernel::sysctl(const IfName& device, const std::string& key) const
{
    const auto all = sysctls(device);
    const auto found = all.find(key);
    return found == all.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Mac> FakeKernel::joined_groups(const IfName& device) const
{
    const auto* const found = find(device);
    return found ? std::vector<Mac>(found->groups.begin(), found->groups.end()) : std::vector<Mac>();
}

// What is not pinned follows the ports (br_stp_recalculate_bridge_id(), br_mtu_auto_adjust()).
void FakeKernel::follow_ports(int index)
{
    if (!devices_.contains(index))
        return;
    auto& bridge = devices_.at(index);
    Mac lowest = no_mac;
    unsigned smallest = 0;
    for (const auto& [other, device] : devices_) {
        if (device.link.master != index)
            continue;
        lowest = lowest == no_mac ? device.link.mac : std::min(lowest, device.link.mac);
        smallest = smallest == 0 ? device.link.mtu : std::min(smallest, device.link.mtu);
    }
    if (!bridge.mac_pinned)
        bridge.link.mac = lowest;
    if (!bridge.mtu_pinned)
        bridge.link.mtu = smallest == 0 ? ethernet_mtu : smallest;
}

void FakeKernel::remove(const IfName& name)
{
    const auto* const found = find(name);
    if (!found)
        return;
    const Device device = *found;
    devices_.at(device.link.index).link.up = false;
    tables_.link_is_gone(name);
    devices_.erase(device.link.index);
    for (auto& [index, other] : devices_)
        if (other.link.master == device.link.index)
            other.link.master.reset();
    if (device.link.master)
        follow_ports(*device.link.master);
    if (device.peer && devices_.contains(*device.peer))
        remove(IfName(devices_.at(*device.peer).link.name));
}

struct FakeKernel::Apply {
    FakeKernel& kernel;
    const net::Step& step;

    void operator()(const net::CreateBridge& s) const
    {
        refuse_if_taken(s.name);
        auto& device = kernel.make(s.name.str(), "bridge");
        device.link.mac = s.mac;
        device.link.mtu = s.mtu;
        device.mac_pinned = device.mtu_pinned = true;
    }

    void operator()(const net::CreateVethPair& s) const
    {
        refuse_if_taken(s.name);
        refuse_if_taken(s.peer);
        auto& one = kernel.make(s.name.str(), "veth");
        auto& other = kernel.make(s.peer.str(), "veth");
        for (auto* each : {&one, &other})
            each->link.mac.bytes = {2, 0, 0, 0, 1, static_cast<std::uint8_t>(each->link.index)};
        one.peer = other.link.index;
        other.peer = one.link.index;
    }

    void operator()(const net::CreateTap& s) const
    {
        if (const auto* const device = kernel.find(s.name); device && device->link.kind != "tun")
            refuse(EINVAL, step);
        else if (!device)
            kernel.make(s.name.str(), "tun");
    }

    void operator()(const net::CreateVxlan& s) const
    {
        refuse_if_taken(s.name);
        kernel.need(s.device, step);
        kernel.make(s.name.str(), "vxlan");
    }

    void operator()(const net::DeleteLink& s) const
    {
        if (const auto* const device = kernel.find(s.name); device && device->link.kind.empty())
            refuse(EOPNOTSUPP, step);
        kernel.remove(s.name);
    }

    void operator()(const net::ChangeLink& s) const
    {
        if (s.to == net::LinkSettings{})
            return;
        auto& device = kernel.need(s.link, step);
        const auto bridge = s.to.master && *s.to.master ? &kernel.need(**s.to.master, step) : nullptr;
        auto& link = device.link;
        if (s.to.addr_gen_mode)
            link.addr_gen_mode = s.to.addr_gen_mode;
        if (s.to.mac)
            set_mac(device, *s.to.mac);
        if (s.to.mtu)
            set_mtu(device, *s.to.mtu);
        link.alias = s.to.alias.value_or(link.alias);
        link.group = s.to.group.value_or(link.group);
        link.vlan_filtering = s.to.vlan_filtering.value_or(link.vlan_filtering);
        if (s.to.master)
            set_master(device, bridge);
        if (s.to.up)
            set_up(link, *s.to.up);
        link.tx_queue_length = s.to.tx_queue_length.value_or(link.tx_queue_length);
        if (link.master)
            kernel.follow_ports(*link.master);
    }

    void operator()(const net::RenameLink& s) const
    {
        if (!kernel.find(s.from) && kernel.find(s.to))
            return;
        auto& device = kernel.need(s.from, step);
        if (s.from != s.to)
            refuse_if_taken(s.to);
        device.link.name = s.to;
        kernel.tables_.link_was_renamed(s.from, s.to);
    }

    void operator()(const net::HoldBridge& s) const
    {
        auto& device = kernel.need(s.bridge, step);
        if (s.mac && device.link.mac != *s.mac)
            set_mac(device, *s.mac);
        if (device.link.mtu != s.mtu)
            set_mtu(device, s.mtu);
    }

    void operator()(const net::AddEntry& s) const
    {
        const int code = kernel.tables_.add(s.entry);
        const bool is_impossible = code == ENETUNREACH || code == EHOSTUNREACH || code == EINVAL;
        if (!s.if_possible || !is_impossible)
            refuse_unless(code, {EEXIST});
    }
    void operator()(const net::RemoveEntry& s) const
    {
        refuse_unless(kernel.tables_.remove(s.entry), {ENOENT, ESRCH, ENODEV, EADDRNOTAVAIL});
    }
    void operator()(const net::ReplaceEntry& s) const { refuse_unless(kernel.tables_.replace(s.to), {}); }

    void operator()(const net::SetSysctl& s) const
    {
        if (s.device.str() == "all" && kernel.for_all_.contains(s.key)) {
            kernel.for_all_[s.key] = s.to;
            return;
        }
        auto* const device = kernel.find(s.device);
        if (!device || !device->sysctls.contains(s.key))
            refuse(ENOENT, step);
        device->sysctls[s.key] = s.to;
    }

    void operator()(const net::JoinGroup& s) const { kernel.need(s.device, step).groups.insert(s.group); }

    void operator()(const net::LeaveGroup& s) const
    {
        if (auto* const device = kernel.find(s.device))
            device->groups.erase(s.group);
    }

    void operator()(const net::AwaitRunning& s) const { kernel.need(s.link, step); }
    void operator()(const net::SolicitRouters&) const { }
    void operator()(const net::AwaitAddresses& s) const { kernel.need(s.device, step); }
    void operator()(const net::InstallFilter& s) const { kernel.filters_.insert_or_assign(s.to.owner, s.to); }
    void operator()(const net::CreateIfb& s) const
    {
        if (!kernel.find(s.name))
            kernel.make(s.name.str(), "ifb").link.up = true;
    }
    void operator()(const net::LimitSending& s) const
    {
        if (auto* const device = kernel.find(s.device))
            device->limit = s.to;
    }
    void operator()(const net::RedirectArrivals& s) const
    {
        if (s.to)
            kernel.need(*s.to, step);
        if (auto* const device = kernel.find(s.device))
            device->arrivals_go_to = s.to;
    }
    void operator()(const net::ChangePort& s) const
    {
        auto& port = kernel.need(s.port, step);
        if (!port.link.master)
            refuse(EOPNOTSUPP, step);
        port.settings = s.to;
    }
    void operator()(const net::SetVlans& s) const
    {
        auto& port = kernel.need(s.port, step);
        if (!port.link.master)
            refuse(EOPNOTSUPP, step);
        port.vlans = s.to;
    }
    void operator()(const net::PutTable& s) const { kernel.nft_tables_.insert_or_assign(s.to.name, s.to); }
    void operator()(const net::RemoveTable& s) const { kernel.nft_tables_.erase(s.from.name); }
    void operator()(const net::RemoveFilter& s) const { kernel.filters_.erase(s.owner); }

private:
    void refuse_if_taken(const IfName& name) const
    {
        if (kernel.find_device(name))
            refuse(EEXIST, step);
    }

    void refuse_unless(int code, std::initializer_list<int> tolerated) const
    {
        if (code != 0 && std::ranges::find(tolerated, code) == tolerated.end())
            refuse(code, step);
    }

    static void set_mac(Device& device, const Mac& mac)
    {
        device.link.mac = mac;
        device.mac_pinned = true;
    }

    void set_mtu(Device& device, unsigned mtu) const
    {
        if (mtu < device.link.min_mtu || (device.link.max_mtu != 0 && mtu > device.link.max_mtu))
            refuse(EINVAL, step);
        if (device.link.mtu != mtu)
            device.mtu_pinned = true;
        device.link.mtu = mtu;
    }

    void set_master(Device& port, const Device* bridge) const
    {
        if (bridge && port.link.master == bridge->link.index)
            return;
        const auto before = std::exchange(port.link.master, std::nullopt);
        port.vlans.clear();
        port.settings = {};
        if (before)
            kernel.follow_ports(*before);
        if (!bridge)
            return;
        if (!bridge->link.is_bridge())
            refuse(EOPNOTSUPP, step);
        if (port.link.is_bridge())
            refuse(ELOOP, step);
        if (!port.link.ethernet)
            refuse(EINVAL, step);
        port.link.master = bridge->link.index;
        if (bridge->link.default_vlan != 0)
            port.vlans = {{bridge->link.default_vlan, true, true}};
    }

    void set_up(Link& link, bool up) const
    {
        if (link.up == up)
            return;
        link.up = up;
        if (up)
            kernel.tables_.link_came_up(link.name);
        else
            kernel.tables_.link_went_down(link.name);
    }
};

void FakeKernel::break_at(int change, Break how)
{
    broken_change_ = changes_ + change;
    how_broken_ = how;
}

void FakeKernel::apply(const net::Step& step)
{
    const bool broken = changes_++ == broken_change_;
    if (!broken || how_broken_ == Break::after)
        std::visit(Apply{*this, step}, step);
    if (broken)
        refuse(EIO, step);
}

std::string FakeKernel::state_of(const Device& device) const
{
    const auto& link = device.link;
    std::string text = "link " + link.name.str() + " kind '" + link.kind + "' " + to_string(link.mac)
        + " mtu " + std::to_string(link.mtu) + " qlen " + std::to_string(link.tx_queue_length)
        + (link.up ? " up" : " down") + (is_running(device) ? " running" : "") + " alias '" + link.alias
        + "'";
    for (const auto& name : device.alternative_names)
        text += " altname " + name.str();
    if (link.group != 0)
        text += " group " + std::to_string(link.group);
    if (link.master)
        text += " master " + devices_.at(*link.master).link.name.str();
    if (device.peer)
        text += " peer " + devices_.at(*device.peer).link.name.str();
    if (link.addr_gen_mode)
        text += " addrgenmode " + to_string(*link.addr_gen_mode);
    for (const auto& [key, value] : device.sysctls)
        if (value != default_sysctls().at(key))
            text += "\n  " + key + "=" + value;
    for (const auto& group : device.groups)
        text += "\n  group " + to_string(group);
    if (device.limit)
        text += "\n  " + to_string(net::Step(net::LimitSending{link.name, device.limit, {}}));
    if (device.arrivals_go_to)
        text += "\n  arrivals go to " + device.arrivals_go_to->str();
    if (!device.vlans.empty())
        text += "\n  VLANs " + to_string(device.vlans);
    if (device.settings != net::PortSettings())
        text += "\n  " + port_text(link.name, device.settings, {});
    if (link.vlan_filtering)
        text += "\n  keeps VLANs apart";
    return text + "\n";
}

std::optional<net::Rate> FakeKernel::sending_limit(const IfName& name) const
{
    const auto* const device = find(name);
    return device && device->limit ? std::optional(device->limit->rate) : std::nullopt;
}

net::Vlans FakeKernel::vlans(const Link& port) const
{
    return devices_.contains(port.index) ? devices_.at(port.index).vlans : net::Vlans();
}

std::optional<net::Filter> FakeKernel::find_filter(const IfName& owner) const
{
    const auto found = filters_.find(owner);
    return found == filters_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<net::InstalledFilter> FakeKernel::filters() const
{
    std::vector<net::InstalledFilter> all;
    for (const auto& [owner, filter] : filters_) {
        const auto device = devices_.find(filter.link);
        all.push_back(
            {filter, device == devices_.end() ? std::nullopt : std::optional(device->second.link.name)});
    }
    return all;
}

std::string FakeKernel::state() const
{
    std::map<IfName, std::string> links;
    for (const auto& [index, device] : devices_)
        links[device.link.name] = state_of(device);
    std::string text;
    for (const auto& [name, lines] : links)
        text += lines;
    for (const auto& [owner, filter] : filters_)
        text += net::to_record({filter}) + "\n";
    for (const auto& [name, table] : nft_tables_)
        text += net::nft::to_string(table);
    for (const auto& [key, value] : for_all_)
        if (const auto usual = default_sysctls().find(key);
            usual == default_sysctls().end() || value != usual->second)
            text += "all " + key + "=" + value + "\n";
    return text + tables_.state();
}

} // namespace test
