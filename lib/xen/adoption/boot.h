// The network that the host is to have when it has started: which scripts make it, and in which order.
#pragma once

#include "net/kernel.h"
#include "xen/call/config.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace xen {

struct NetworkScript {
    std::string place; // who named it, for what is wrong with it: "/etc/xen/xend-config.sxp:9"
    std::string program; // its path
    std::vector<std::string> words = {};
    std::optional<net::DeviceName> card = {}; // the network card that it names, if it is ours

    // The words of a call: program, verb, words.
    std::vector<std::string> call(const std::string& verb) const;

    bool operator==(const NetworkScript&) const = default;
};

struct BootNetwork {
    std::vector<NetworkScript> scripts = {};
    std::vector<std::string> remarks = {}; // what was written and is ignored
};

// Where to look.
struct BootPlaces {
    std::string configuration;
    std::string xend_config;
    std::string scripts; // Xen's
    std::string programs; // ours
};
BootPlaces usual_boot_places();

// What "network" in dom0net.json lists; without that key the network-script of xend-config.sxp. A name is
// that of our program, else of one in Xen's folder. Throws base::Error where a file cannot be read, where
// somebody besides root may change it or a script, and where a script is not there.
BootNetwork find_boot_network(const BootPlaces&);

// Hands each call to `run`, which returns its exit status; for "stop" the last script first. Before the start
// of a script it waits for its card, for all of them together as long as `patience`. One that fails does not
// keep the others; in the end base::Error tells all that failed.
using RunScript = std::function<int(const std::vector<std::string>& call)>;
void run_boot_network(const BootNetwork&, const std::string& verb, const net::KernelView&,
    std::chrono::milliseconds patience, const RunScript& run);

} // namespace xen
