// A machine with an empty network, made of the fake kernel or of Linux: what the same cases run on.
#pragma once

#include "catch.h"
#include "entries.h"
#include "fake_kernel.h"
#include "netlink/kernel.h"
#include "own_netns.h"

#include <functional>
#include <string>
#include <vector>

namespace test {

struct Fake {
    FakeKernel kernel = {};

    void add_plain_bridge(const std::string& name) { kernel.add_plain_bridge(name); }
    void add_alternative_name(const std::string& link, const std::string& name)
    {
        kernel.add_alternative_name(link, name);
    }
};

// Each has a network namespace of its own.
struct Linux {
    Linux();
    netlink::Kernel& kernel; // made after the namespace was entered

    void add_plain_bridge(const std::string& name);
    void add_alternative_name(const std::string& link, const std::string& name);
    ~Linux();
    Linux(const Linux&) = delete;
    Linux& operator=(const Linux&) = delete;
};

// Runs "ip WORDS", and fails the test if that fails.
void ip(const std::string& words);

// What the command prints; fails the test if that fails.
std::string said_by(const std::string& command);

// What "ip WORDS" prints.
std::string ip_says(const std::string& words);

// A veth pair, both ends up and without link-local addresses; the first stands for a card.
void plug_in(net::Kernel&, const std::string& card, const std::string& far_end);
void plug_in_down(net::Kernel&, const std::string& card, const std::string& far_end);
void set_up(net::Kernel&, const std::string& link, bool up = true);
void change(net::Kernel&, const std::string& link, const net::LinkSettings& to);
void set_master(net::Kernel&, const std::string& port, const std::string& bridge);
void add(net::Kernel&, const net::Entry&);
void remove(net::Kernel&, const net::Entry&);
net::Link link(const net::Kernel&, const std::string& name);
bool is_port(const net::Kernel&, const std::string& port, const std::string& bridge);

// The entries of a device as texts, without the kernel's own. Routes are sorted, for their order in a list
// says nothing.
std::vector<std::string> texts(const net::Kernel&, net::Table, const std::string& device);
std::vector<net::Entry> kept(const net::Kernel&, net::Table, const std::string& device);

using Texts = std::vector<std::string>;

// errno of the SystemError that the step throws; 0 if it does not.
int code_of(net::Kernel&, const net::Step&);

// Whether it comes true before long; for what Linux does in its own time.
bool eventually(const std::function<bool()>&);

} // namespace test
