// A plan: what shall be done to the network, in order, as plain data.
//
// There are two ways of failing. Going up is all or nothing; going down tries everything and
// reports what failed. A process that is killed in between undoes nothing, which is why going
// down never assumes that going up finished.
#pragma once

#include "base/error.h"
#include "net/kernel.h"
#include "net/step.h"

#include <string>
#include <vector>

namespace net {

using Plan = std::vector<Step>;

// Something failed, and what was done before could not all be undone.
class IncompleteUndo : public base::Error {
public:
    using Error::Error;
};

// All or nothing: if a step throws, it and the steps before it are undone in reverse order and
// the error goes on to the caller, as IncompleteUndo if something could not be undone.
void carry_out(const Plan&, Kernel&);

// The plan that undoes all of it: the steps' inverses, last first.
Plan undoing(const Plan&);

// Tries every step, but for one thing: when a link could not be taken down, no filter is removed, lest what
// is up be without one. Returns what failed, in order.
std::vector<std::string> carry_out_anyway(const Plan&, Kernel&);

// The plan as lines of iproute2's words, for --dry-run.
std::string to_string(const Plan&);

} // namespace net
