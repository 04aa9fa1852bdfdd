// The administrator's own programs, run after every change (docs/hotplug-contract.md, section 3).
#pragma once

#include <map>
#include <string>
#include <vector>

namespace xen {

// The paths of the executable *.hook files of the folder, in the order of their names.
std::vector<std::string> find_hooks(const std::string& folder);

// Runs each, with the variables in the environment. Xen's scripts used to source hooks, so those in
// shell (and those without a "#!" line) run inside a small helper that offers the functions of Xen's
// shell library; others are executed. Throws base::Error at the first that fails.
void run_hooks(const std::vector<std::string>& hooks, const std::map<std::string, std::string>& variables);

} // namespace xen
