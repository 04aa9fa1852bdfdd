// The fake kernel's addresses, routes, neighbours, rules and nexthops: what Linux does with them when one of
// them, or a link, comes or goes. test/contract runs the same cases on Linux. Left out: table local,
// link-local addresses that come by themselves, learned neighbours, lifetimes that run.
#pragma once

#include "net/entry.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace test {

// What the tables ask of the links.
struct LinkFacts {
    std::function<bool(const net::IfName&)> exists;
    std::function<bool(const net::IfName&)> is_up;
    std::function<bool(const net::IfName&)> promotes_secondaries;
};

class FakeTables {
public:
    explicit FakeTables(LinkFacts facts)
        : links_(std::move(facts))
    { }

    // As a request to Linux. They return errno, 0 for success, EEXIST and ESRCH where there is nothing to do.
    int add(const net::Entry&);
    int remove(const net::Entry&);
    int replace(const net::Entry&);

    void link_came_up(const net::IfName&);
    void link_went_down(const net::IfName&);
    void link_is_gone(const net::IfName&);
    void link_was_renamed(const net::IfName& from, const net::IfName& to);

    std::vector<net::Entry> of(net::Table, const net::IfName& device) const;
    const std::vector<net::Entry>& all(net::Table) const;

    // Everything, in an order that says no more than what matters: a line each.
    std::string state() const;

private:
    using Entries = std::vector<net::Entry>;

    Entries& table(net::Table table) { return tables_[table]; }
    int add_address(const net::Entry&);
    int remove_address(const net::Entry&);
    void drop_ipv4_address(Entries::iterator);
    void forget_ipv4_address(const net::Entry& address, bool was_secondary);
    void forget_ipv6_address(const net::Entry& address);
    bool is_secondary(const net::Entry& address) const;
    bool has_address(int family, const net::Bytes& local) const;
    void connect(const net::Entry& address);
    void disable_ipv4(const net::IfName&);

    int fault_of_route(const net::Entry&) const;
    int fault_of_hop(const net::Entry& route, const net::Hop&) const;
    bool reaches(const net::Hop&, int family) const;
    int add_route(const net::Entry&);
    int add_ipv6_hops(const net::Entry&);
    int remove_route(const net::Entry&);
    int remove_ipv6_hops(const net::Entry&);
    int remove_nexthop(const net::Entry&);
    void drop_routes(const net::IfName& device, int family);
    void drop_routes_of_nexthop(const net::Bytes& id);
    net::Entry with_device_of_nexthop(net::Entry route) const;
    std::string lines(net::Table) const;

    LinkFacts links_;
    std::map<net::Table, Entries> tables_ = {};
};

// The form in which the fake keeps and tells entries: normalized, attributes by number, what Linux adds of
// its own added.
net::Entry as_kept(net::Entry);

} // namespace test
