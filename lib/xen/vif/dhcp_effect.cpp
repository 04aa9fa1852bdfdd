#include "xen/vif/dhcp_effect.h"

namespace xen {

void DhcpEntry::prepare(net::Kernel&, base::Log& log)
{
    server_ = DhcpServers(log).find(wish_);
}

void DhcpEntry::apply(net::Kernel&, base::Log& log)
{
    if (server_)
        DhcpServers(log).add_host(*server_, host_);
}

void DhcpEntry::undo(net::Kernel&, base::Log& log)
{
    if (server_)
        DhcpServers(log).remove_host(host_.device, host_.name);
}

std::string DhcpEntry::to_string() const
{
    return "# dhcp: " + host_.name + " with " + net::to_string(host_.mac) + " on " + host_.device.str()
        + " is " + net::to_string(host_.address) + ", its router " + net::to_string(host_.router) + "\n";
}

void DhcpRemoval::apply(net::Kernel&, base::Log& log)
{
    DhcpServers(log).remove_host(device_, host_name_);
}

std::string DhcpRemoval::to_string() const
{
    return "# dhcp: forget " + device_.str() + " " + host_name_ + "\n";
}

} // namespace xen
