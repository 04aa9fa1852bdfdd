#include "ovs/switch.h"

#include <algorithm>

namespace ovs {

const std::vector<std::string>& own_keys()
{
    static const std::vector<std::string> keys{"attached-mac", "iface-id", "iface-id-ver", "iface-status",
        "vm-id", "xen-vm-name", "xen-vm-uuid", "xs-network-uuid", "xs-vif-uuid", "xs-vm-uuid"};
    return keys;
}

Ids own_ids(const Ids& ids)
{
    Ids own;
    for (const auto& key : own_keys())
        if (const auto found = ids.find(key); found != ids.end())
            own.insert(*found);
    return own;
}

const Bridge* Sight::find_bridge(const std::string& name) const
{
    const auto found = std::ranges::find(bridges, name, &Bridge::name);
    return found == bridges.end() ? nullptr : &*found;
}

const Port* Sight::find_port(const std::string& name) const
{
    const auto found = std::ranges::find(ports, name, &Port::name);
    return found == ports.end() ? nullptr : &*found;
}

} // namespace ovs
