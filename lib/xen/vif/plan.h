// What a planner of a vif program decides.
#pragma once

#include "net/kernel.h"
#include "net/plan.h"
#include "xen/call/invocation.h"
#include "xen/vif/effect.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace xen {

struct VifPlan {
    net::Plan steps = {};
    net::IfName device; // as it is called in the end
    std::optional<unsigned> mtu = {}; // what the front end is told
    std::map<std::string, std::string> hook_variables = {}; // besides those that every program has
    std::vector<std::string> remarks = {}; // for the log
    std::vector<std::string> warnings = {}; // for the log and stderr
    Effects effects = {}; // in order
    net::Plan last_steps = {}; // on the way up, when the effects are there
};

using VifPlanner = std::function<VifPlan(const Invocation&, const VifSettings&, const net::KernelView&)>;

} // namespace xen
