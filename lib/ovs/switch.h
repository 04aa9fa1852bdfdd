// Open vSwitch as the programs see it: bridges, ports, and what is asked for. The seam for tests.
#pragma once

#include "net/types.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ovs {

using Ids = std::map<std::string, std::string>;

// The VLANs of its bridge that a port is in. What is absent is Open vSwitch's default: all of them.
struct Membership {
    std::optional<std::uint16_t> tag = {}; // that of frames without a tag
    std::vector<std::uint16_t> trunks = {}; // in order
    std::string mode = {}; // "native-untagged": tag and trunks together

    bool operator==(const Membership&) const = default;
};

// A bridge. A fake one is a VLAN of another, whose row its ports are in.
struct Bridge {
    std::string name;
    std::string uuid = {}; // of the row that its ports are in
    std::optional<std::uint16_t> fake_tag = {};

    bool operator==(const Bridge&) const = default;
};

// A port with one interface, both of the same name.
struct Port {
    std::string name;
    Bridge bridge = {};
    Membership vlans = {};
    bool transient = false; // not there any more after the host has been started anew
    Ids ids =
        {}; // external_ids of the interface: all of them where it is looked at, ours where it is asked for
    std::string uuid = {}; // of the Port; empty for one that is yet to be
    std::string error = {}; // why vswitchd could not take it, in its words
    bool taken = false; // vswitchd has it

    bool operator==(const Port&) const = default;
};

// The keys of external_ids that are ours; all others are left as they are.
const std::vector<std::string>& own_keys();

// Only those.
Ids own_ids(const Ids&);

// What one look shows.
struct Sight {
    std::vector<Bridge> bridges = {}; // of those asked about, in that order
    std::vector<Port> ports = {};
    std::string ovn_bridge = {}; // OVN's integration bridge; empty where the host has no part in OVN

    const Bridge* find_bridge(const std::string& name) const;
    const Port* find_port(const std::string& name) const;
};

class Switch {
public:
    virtual ~Switch() = default;

    // Looks for these bridges and ports alone, at one moment. Throws base::Error.
    virtual Sight look(const std::vector<std::string>& bridges, const std::vector<std::string>& ports) = 0;

    // One port, without what is of its bridge: one question less.
    virtual std::optional<Port> look_at(const std::string& port) = 0;

    // Makes the port so, instead of what there was (from look()); false, and nothing done, if that has
    // changed meanwhile. Throws base::Error: then it may have been done, or not.
    virtual bool put(const Port& to, const std::optional<Port>& from) = 0;
    virtual bool remove(const Port&) = 0;

    // Waits until vswitchd has done the last change. False if it has not in time.
    virtual bool await_vswitchd() = 0;

    // Waits until OVN has the port's flows in place. False if it has not in time.
    virtual bool await_ovn(const std::string& port) = 0;
};

} // namespace ovs
