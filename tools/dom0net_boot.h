// The verbs of dom0net that make the host's network, and take it back: start and stop.
#pragma once

#include "base/log.h"

#include <CLI/CLI.hpp>

namespace tool {

class BootVerbs {
public:
    explicit BootVerbs(CLI::App&);

    // Carries out the verb that was given, if it is one of these; false if it is not.
    bool run(base::Log&) const;

private:
    CLI::App* start_;
    CLI::App* stop_;
    int wait_ = 0;
    bool dry_run_ = false;
};

} // namespace tool
