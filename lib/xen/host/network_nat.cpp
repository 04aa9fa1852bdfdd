#include "xen/host/network_nat.h"

#include "base/text.h"
#include "net/nft/nat_table.h"
#include "xen/host/service_report_json.h"

namespace xen {

namespace {

using net::IfName;

bool is_called(const net::KernelView& kernel, const IfName& device, const net::DeviceName& name)
{
    const auto link = kernel.find_device(name);
    return link && link->name == device;
}

std::vector<net::NatForward> forwards(
    const Configuration& configuration, const std::vector<IfName>& devices, const net::KernelView& kernel)
{
    std::vector<net::NatForward> found;
    for (const auto& each : configuration.port_forwards)
        for (const auto& device : devices)
            if (!each.netdev || each.netdev == device || is_called(kernel, device, *each.netdev))
                found.push_back({static_cast<std::uint8_t>(each.protocol), each.ports.first, each.ports.last,
                    each.to, each.to_port, device});
    return found;
}

} // namespace

net::nft::Table NetworkNat::table_for(const Devices& devices) const
{
    return net::nat_table(devices, forwards(around_.configuration, devices, kernel()));
}

// A table that is left over goes, whatever the record says of it.
net::Plan NetworkNat::steps_between(const Devices& before, const Devices& after) const
{
    const auto table = table_for(after);
    if (!after.empty())
        return {net::PutTable{table, before.empty() ? std::nullopt : std::optional(table_for(before))}};
    if (!before.empty() || kernel().has_table(table.family, table.name))
        return {net::RemoveTable{table_for(before)}};
    return {};
}

void NetworkNat::check()
{
    const auto choice = around_.dhcp ? around_.configuration.dhcp : DhcpChoice::off;
    server_ = servers_.find({choice, around_.dhcp});
}

void NetworkNat::finish(const Devices& after)
{
    if (server_)
        servers_.add_nat_network(*server_, around_.resolver);
    else if (after.empty())
        servers_.remove_nat_network();
}

std::string NetworkNat::started_text(const Devices& after, const IfName&) const
{
    std::vector<std::string> names;
    for (const auto& device : after)
        names.push_back(device.str());
    return "What guests send leaves under the address of " + base::join(names, ", ") + ".\n";
}

void NetworkNat::add_to(ServiceReport& report, const Devices& devices) const
{
    const auto table = table_for(devices);
    const bool in_place = kernel().has_table(table.family, table.name);
    report.json["table"] = table.name;
    report.json["table_in_place"] = in_place;
    report.json["port_forwards"] = forwards(around_.configuration, devices, kernel()).size();
    if (in_place)
        report.text += net::nft::to_string(table);
    else if (!devices.empty())
        report.text += "The nftables table " + table.name
            + " is gone: somebody flushed it. \"network-nat start\" puts it back.\n";
}

} // namespace xen
