// One call of a vif program, from the command line to the exit status.
#pragma once

#include "base/log.h"
#include "net/kernel.h"
#include "xen/call/words.h"
#include "xen/call/xenstore.h"
#include "xen/vif/plan.h"
#include "xen/vif/turn.h"

#include <functional>
#include <memory>
#include <string>

namespace xen {

struct VifOptions {
    bool dry_run = false;
    bool json = false; // of a dry run
    bool with_xenstore = true;
};

// What a call works with. The store and the kernel are opened when they are first needed, so that
// a call that is used wrongly touches neither.
struct VifSurroundings {
    base::Log& log;
    std::function<std::unique_ptr<Xenstore>()> open_store;
    std::function<std::unique_ptr<net::Kernel>()> open_kernel;
    std::string hook_folder;
    std::function<Configuration()> read_configuration = [] { return Configuration(); };
    std::string turns = {}; // the file of Turn; empty: nobody else calls
    Turn::Clock::time_point began = Turn::Clock::now();
};

// Plans, carries out, runs the hooks and tells Xen: hotplug-status=connected, or hotplug-error and
// hotplug-status=error. What fails on the way up is undone. Returns the exit status: 0 done, 1
// failed, 2 used wrongly.
int run_vif_script(
    const std::string& program, VifPlanner, const Words&, const VifOptions&, const VifSurroundings&) noexcept;

} // namespace xen
