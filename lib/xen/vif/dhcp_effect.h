// The DHCP server's knowledge of a guest, as a part of what vif-nat plans.
#pragma once

#include "xen/host/dhcp.h"
#include "xen/vif/effect.h"

#include <optional>
#include <string>

namespace xen {

// The guest is entered into the server that is installed, if there is one.
class DhcpEntry final : public Effect {
public:
    // Where one is demanded, that there is none is an error.
    DhcpEntry(DhcpHost host, DhcpWish wish)
        : host_(std::move(host))
        , wish_(wish)
    { }

    void prepare(net::Kernel&, base::Log&) override;
    void apply(net::Kernel&, base::Log&) override;
    void undo(net::Kernel&, base::Log&) override;
    std::string to_string() const override;

    DhcpWish wish() const { return wish_; }

private:
    const DhcpHost host_;
    const DhcpWish wish_;
    std::optional<DhcpServer> server_ = {};
};

// Whatever server has the interface forgets it, and the guest, if a name is given.
class DhcpRemoval final : public Effect {
public:
    DhcpRemoval(net::IfName device, std::string host_name)
        : device_(std::move(device))
        , host_name_(std::move(host_name))
    { }

    void apply(net::Kernel&, base::Log&) override;
    void undo(net::Kernel&, base::Log&) override { } // what went down stays down
    std::string to_string() const override;

private:
    const net::IfName device_;
    const std::string host_name_;
};

} // namespace xen
