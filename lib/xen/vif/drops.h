// `dom0net drops`: what the filters have dropped, by interface and reason.
#pragma once

#include "net/kernel.h"

#include <optional>
#include <string>

namespace xen {

// For people, or as JSON: a list of {"vif", "link", "reason", "frames", "bytes"}. `vif` is the
// kernel's own name of the interface, `link` what it is called now. With `only`, of the interface
// that has this for one of its names; throws UsageError if none that is filtered has.
std::string drops_report(const net::KernelView&, const std::optional<net::IfName>& only, bool as_json);

} // namespace xen
