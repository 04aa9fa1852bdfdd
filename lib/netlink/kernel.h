// The real kernel behind net::Kernel, through rtnetlink and procfs, in the network namespace of
// the calling process.
#pragma once

#include "net/kernel.h"
#include "netlink/nft/filters.h"
#include "netlink/route_socket.h"

namespace netlink {

class Kernel final : public net::Kernel {
public:
    // For programs that have nothing to do with filters.
    Kernel() = default;
    explicit Kernel(Filters filters)
        : filters_(std::move(filters))
    { }

    std::optional<net::Link> find_link(const net::IfName&) const override;
    std::optional<net::Link> find_device(const net::DeviceName&) const override;
    std::optional<net::Link> find_link(int index) const override;
    std::optional<net::Link> await_link(
        const net::IfName&, std::chrono::milliseconds patience) const override;
    bool keeps_mac(const net::IfName&) const override;
    std::vector<net::Link> links() const override;
    std::vector<net::Link> bridges() const override;
    std::vector<net::Link> ports(const net::Link& bridge) const override;
    std::vector<net::Entry> entries(net::Table, const net::IfName& device) const override;
    std::vector<net::Entry> default_routes() const override;
    net::Way find_way(const net::IpAddress&) const override;
    net::Sysctls sysctls(const net::IfName& device) const override;
    std::optional<std::string> sysctl(const net::IfName& device, const std::string& key) const override;
    std::vector<net::Mac> joined_groups(const net::IfName& device) const override;
    std::optional<net::Filter> find_filter(const net::IfName& owner) const override;
    std::vector<net::InstalledFilter> filters() const override;
    std::vector<net::DropCount> drops() const override;
    std::optional<net::Rate> sending_limit(const net::IfName& device) const override;
    net::Vlans vlans(const net::Link& port) const override;
    bool drops_bridged(int family) const override;
    bool drops_forwarded(int family) const override;
    bool has_table(net::nft::Family, const std::string& name) const override;
    void apply(const net::Step&) override;
    void restore_filters() override;

private:
    struct Apply;

    Filters& known_filters() const;
    int index_of(const net::IfName&) const;
    std::optional<net::IfName> name_of(int index) const;
    std::vector<net::Link> list_links(Message&) const;
    std::vector<net::Entry> list_entries(net::Table, Message&) const;
    void append_routes(std::vector<net::Entry>&, int family, int index) const;

    void remember(const net::Link&) const;
    void forget_names() { indexes_.clear(); } // a name has changed, come or gone

    mutable RouteSocket socket_;
    mutable std::map<net::IfName, int> indexes_ = {}; // of links that were looked at
    mutable std::optional<Filters> filters_ = {};
};

} // namespace netlink
