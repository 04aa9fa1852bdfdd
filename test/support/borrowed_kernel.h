// A Kernel that passes everything on to one that lives longer, for code that wants to own its kernel.
#pragma once

#include "net/kernel.h"

namespace test {

class BorrowedKernel final : public net::Kernel {
public:
    explicit BorrowedKernel(net::Kernel& kernel)
        : kernel_(kernel)
    { }

    std::optional<net::Link> find_link(const net::IfName& name) const override
    {
        return kernel_.find_link(name);
    }
    std::optional<net::Link> find_device(const net::DeviceName& name) const override
    {
        return kernel_.find_device(name);
    }
    std::optional<net::Link> find_link(int index) const override { return kernel_.find_link(index); }
    std::optional<net::Link> await_link(
        const net::IfName& name, std::chrono::milliseconds patience) const override
    {
        return kernel_.await_link(name, patience);
    }
    bool keeps_mac(const net::IfName& device) const override { return kernel_.keeps_mac(device); }
    std::vector<net::Link> links() const override { return kernel_.links(); }
    std::vector<net::Link> bridges() const override { return kernel_.bridges(); }
    std::vector<net::Link> ports(const net::Link& bridge) const override { return kernel_.ports(bridge); }
    std::vector<net::Entry> entries(net::Table table, const net::IfName& device) const override
    {
        return kernel_.entries(table, device);
    }
    std::vector<net::Entry> default_routes() const override { return kernel_.default_routes(); }
    net::Way find_way(const net::IpAddress& address) const override { return kernel_.find_way(address); }
    net::Sysctls sysctls(const net::IfName& device) const override { return kernel_.sysctls(device); }
    std::optional<std::string> sysctl(const net::IfName& device, const std::string& key) const override
    {
        return kernel_.sysctl(device, key);
    }
    std::vector<net::Mac> joined_groups(const net::IfName& device) const override
    {
        return kernel_.joined_groups(device);
    }
    std::optional<net::Filter> find_filter(const net::IfName& owner) const override
    {
        return kernel_.find_filter(owner);
    }
    std::vector<net::InstalledFilter> filters() const override { return kernel_.filters(); }
    std::vector<net::DropCount> drops() const override { return kernel_.drops(); }
    std::optional<net::Rate> sending_limit(const net::IfName& device) const override
    {
        return kernel_.sending_limit(device);
    }
    net::Vlans vlans(const net::Link& port) const override { return kernel_.vlans(port); }
    bool drops_bridged(int family) const override { return kernel_.drops_bridged(family); }
    bool drops_forwarded(int family) const override { return kernel_.drops_forwarded(family); }
    bool has_table(net::nft::Family family, const std::string& name) const override
    {
        return kernel_.has_table(family, name);
    }
    void apply(const net::Step& step) override { kernel_.apply(step); }
    void restore_filters() override { kernel_.restore_filters(); }

private:
    net::Kernel& kernel_;
};

} // namespace test
