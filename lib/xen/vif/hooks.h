// The administrator's own programs, run after every change (docs/hotplug-contract.md, section 3).
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace xen {

// The paths of the executable *.hook files of the folder, in the order of their names. Throws base::Error if
// one of them, or the folder, may be changed by others than root: it would run as root.
std::vector<std::string> find_hooks(const std::string& folder);

// Runs each, with the variables in the environment and the hotplug log for what they say. Xen's scripts used
// to source hooks, so those in shell (and those without a "#!" line) run inside a small helper that offers
// the functions of Xen's shell library; others are executed. Throws base::Error at the first that fails, and
// at the one that is ended because it is still at work at the deadline.
void run_hooks(const std::vector<std::string>& hooks, const std::map<std::string, std::string>& variables,
    std::chrono::steady_clock::time_point deadline);

} // namespace xen
