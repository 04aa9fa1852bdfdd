// What a call changes besides the steps of its plan: a value, which a planner returns and the runner carries
// out without knowing what it is.
#pragma once

#include "base/log.h"
#include "net/kernel.h"

#include <memory>
#include <string>
#include <vector>

namespace xen {

class Effect {
public:
    virtual ~Effect() = default;

    // Before the steps. Throws base::Error where apply() could not work; nothing has been changed then.
    virtual void prepare(net::Kernel&, base::Log&) { }

    // After the steps. Throws base::Error.
    virtual void apply(net::Kernel&, base::Log&) = 0;

    // Takes back what apply() did, or did in part, before the steps are undone. Throws base::Error.
    virtual void undo(net::Kernel&, base::Log&) = 0;

    // A line for --dry-run, with its end.
    virtual std::string to_string() const = 0;
};

using Effects = std::vector<std::unique_ptr<Effect>>;

} // namespace xen
