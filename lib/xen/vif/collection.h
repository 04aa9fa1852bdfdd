// What guests have left behind whose interfaces are gone, because nobody said so or a program was killed.
#pragma once

#include "net/kernel.h"
#include "net/plan.h"

#include <string>
#include <vector>

namespace xen {

struct Remains {
    net::Plan filters = {};
    net::Plan limiters = {}; // the devices that hold emulated cards to their rates
    net::Plan neighbours = {}; // for which dom0 answers, and to which nothing leads any more
    std::vector<std::string> dhcp_hosts = {}; // of dnsmasq; in ISC's file ours cannot be told from others'

    net::Plan steps() const;
};

// `dhcp_hosts` are all that there are.
Remains find_remains(const net::KernelView&, const std::vector<std::string>& dhcp_hosts);

// Removes all but the DHCP hosts, each filter in the turn of its interface (Turn, in the file `turns`) and
// only if it is still the one that was found: another of that name may have come since. Returns what failed.
std::vector<std::string> remove_remains(const Remains&, net::Kernel&, const std::string& turns);

} // namespace xen
