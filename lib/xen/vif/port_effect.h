// A guest's port in Open vSwitch, as a part of what vif-openvswitch plans.
#pragma once

#include "ovs/switch.h"
#include "xen/call/config.h"
#include "xen/vif/effect.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace xen {

// The port is as wanted, taken over by vswitchd, and by OVN if that is to be waited for.
class PortEffect final : public Effect {
public:
    PortEffect(std::shared_ptr<ovs::Switch> ovs, ovs::Port to, std::optional<ovs::Port> from, OvnWait wait)
        : switch_(std::move(ovs))
        , to_(std::move(to))
        , from_(std::move(from))
        , wait_(wait)
    { }

    void apply(net::Kernel&, base::Log&) override;
    void undo(net::Kernel&, base::Log&) override;
    std::string to_string() const override;

private:
    void put();
    void check_taken();
    void await_ovn(base::Log&);

    const std::shared_ptr<ovs::Switch> switch_;
    ovs::Port to_;
    std::optional<ovs::Port> from_;
    const OvnWait wait_;
};

// The ports of these names are gone, where there were any.
class PortRemoval final : public Effect {
public:
    PortRemoval(std::shared_ptr<ovs::Switch> ovs, std::vector<std::string> names)
        : switch_(std::move(ovs))
        , names_(std::move(names))
    { }

    void apply(net::Kernel&, base::Log&) override;
    void undo(net::Kernel&, base::Log&) override { } // what went down stays down
    std::string to_string() const override;

private:
    const std::shared_ptr<ovs::Switch> switch_;
    const std::vector<std::string> names_;
};

} // namespace xen
