// A kernel made of maps that behaves as Linux does, as far as dom0net relies on it. test/contract holds it to
// that.
#pragma once

#include "fake_tables.h"
#include "net/kernel.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace test {

class FakeKernel final : public net::Kernel {
public:
    FakeKernel();
    FakeKernel(const FakeKernel&) = delete; // its tables know where its links are
    FakeKernel& operator=(const FakeKernel&) = delete;

    // A card with a cable in it, down, as the driver made it; what it returns may be changed at will.
    net::Link& plug_in(const std::string& name, const std::string& mac, const std::string& kind = "");

    // Makes a bridge as an administrator does, whose MAC address and MTU follow its ports.
    void add_plain_bridge(const std::string& name);

    // The link appears once somebody waits for it.
    void plug_in_when_awaited(const std::string& name, const std::string& mac, const std::string& kind = "");

    bool knows_vlans = true; // it was built with VLAN filtering

    // A setting of "all".
    void set_for_all(const std::string& key, const std::string& value) { for_all_[key] = value; }

    // A setting of "default".
    void set_for_new(const std::string& key, const std::string& value) { for_new_[key] = value; }

    // Steps as one line each, for setting the scene.
    void set_up(const std::string& name);
    void set_master(const std::string& port, const std::string& bridge);
    void add(const net::Entry& entry) { apply(net::AddEntry{entry}); }
    void pull_out(const std::string& name);
    void add_alternative_name(const std::string& link, const std::string& name);

    std::optional<net::Link> find_link(const net::IfName&) const override;
    std::optional<net::Link> find_device(const net::DeviceName&) const override;
    std::optional<net::Link> find_link(int index) const override;
    std::optional<net::Link> await_link(
        const net::IfName&, std::chrono::milliseconds patience) const override;
    bool keeps_mac(const net::IfName& device) const override
    {
        return find(device) && find(device)->mac_pinned;
    }
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
    std::vector<net::DropCount> drops() const override { return drops_; }
    std::optional<net::Rate> sending_limit(const net::IfName& device) const override;
    net::Vlans vlans(const net::Link& port) const override;
    bool drops_bridged(int family) const override { return dropped_families_.contains(family); }
    bool drops_forwarded(int family) const override { return dropped_families_.contains(family); }
    void drop_bridged(int family) { dropped_families_.insert(family); }
    bool has_table(net::nft::Family, const std::string& name) const override
    {
        return nft_tables_.contains(name);
    }
    void apply(const net::Step&) override;
    void restore_filters() override { }

    // What the filters shall have dropped.
    void count(const net::DropCount& drop) { drops_.push_back(drop); }

    // Fails once, with EIO, at the change of this number, counted from 0 at the time it is set: before
    // anything is done, or after it was (an answer that got lost).
    enum class Break { before, after };
    void break_at(int change, Break how = Break::before);

    int changes() const { return changes_; } // applied so far

    // All there is to see, as text; equal texts mean equal networks.
    std::string state() const;

private:
    struct Device {
        net::Link link;
        std::set<net::DeviceName> alternative_names = {};
        std::optional<int> peer = {}; // of a veth
        bool mac_pinned = false;
        bool mtu_pinned = false;
        net::Sysctls sysctls = {};
        std::set<net::Mac> groups = {};
        std::optional<net::RateLimit> limit = {};
        std::optional<net::IfName> arrivals_go_to = {};
        net::Vlans vlans = {}; // of a port
        net::PortSettings settings = {}; // of a port
    };
    struct Apply;

    Device& make(const std::string& name, const std::string& kind);
    Device* find(const net::IfName&);
    const Device* find(const net::IfName&) const;
    Device& need(const net::IfName&, const net::Step&);
    bool has_carrier(const Device&) const;
    bool is_running(const Device&) const;
    bool flag(const net::IfName&, const std::string& sysctl) const;
    net::Link seen(const Device&) const;
    void remove(const net::IfName&);
    void follow_ports(int bridge);
    std::string state_of(const Device&) const;

    int next_index_ = 2;
    std::map<int, Device> devices_ = {};
    mutable std::map<net::IfName, net::Link> late_ = {};
    net::Sysctls for_all_;
    net::Sysctls for_new_;
    FakeTables tables_;
    std::map<net::IfName, net::Filter> filters_ = {};
    std::vector<net::DropCount> drops_ = {};
    std::map<std::string, net::nft::Table> nft_tables_ = {};
    std::set<int> dropped_families_ = {};
    int changes_ = 0;
    int broken_change_ = -1;
    Break how_broken_ = Break::before;
};

} // namespace test
