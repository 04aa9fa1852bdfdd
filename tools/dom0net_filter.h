// The verbs of dom0net that have to do with filters: drops, gc and repair.
#pragma once

#include "base/log.h"

#include <CLI/CLI.hpp>

#include <string>

namespace tool {

class FilterVerbs {
public:
    explicit FilterVerbs(CLI::App&);

    // Carries out the verb that was given, if it is one of these.
    void run(base::Log&) const;

private:
    CLI::App* drops_;
    CLI::App* gc_;
    CLI::App* repair_;
    std::string vif_ = {};
    bool json_ = false;
    bool dry_run_ = false;
};

} // namespace tool
