// The verbs of dom0net by which a host takes it up: enable and disable.
#pragma once

#include "base/log.h"
#include "xen/adoption/hand_over.h"

#include <CLI/CLI.hpp>

#include <string>

namespace tool {

class AdoptionVerbs {
public:
    explicit AdoptionVerbs(CLI::App&);

    // Carries out the verb that was given, if it is one of these; false if it is not.
    bool run(base::Log&) const;

private:
    CLI::App* enable_;
    CLI::App* disable_;
    std::string root_ = {};
    bool again_ = false;
    xen::HandOverOptions options_ = {};
};

} // namespace tool
