#include "net/plan.h"

#include "base/text.h"

#include <cerrno>

namespace net {

namespace {

// How many of the plan's steps may have changed something when the step at `position` failed.
// The failed step counts: a link takes its settings one by one, and an answer can get lost after
// the change was made. But what "exists already" is somebody else's, and must not be undone.
std::ptrdiff_t steps_to_undo(std::size_t position, const base::Error& error)
{
    const auto* const system_error = dynamic_cast<const base::SystemError*>(&error);
    const bool refused = system_error && system_error->code == EEXIST;
    return static_cast<std::ptrdiff_t>(refused ? position : position + 1);
}

bool is_gone(const base::Error& error)
{
    const auto* const system_error = dynamic_cast<const base::SystemError*>(&error);
    return system_error && system_error->code == ENODEV;
}

bool takes_down(const Step& step)
{
    const auto* const change = std::get_if<ChangeLink>(&step);
    return change && change->to.up == false;
}

} // namespace

Plan undoing(const Plan& plan)
{
    Plan undo;
    for (auto step = plan.rbegin(); step != plan.rend(); ++step)
        if (auto back = inverse(*step))
            undo.push_back(*std::move(back));
    return undo;
}

void carry_out(const Plan& plan, Kernel& kernel)
{
    for (std::size_t position = 0; position < plan.size(); ++position) {
        try {
            kernel.apply(plan[position]);
        } catch (const base::Error& error) {
            const Plan done(plan.begin(), plan.begin() + steps_to_undo(position, error));
            const auto stuck = carry_out_anyway(undoing(done), kernel);
            if (stuck.empty())
                throw;
            throw IncompleteUndo(std::string(error.what()) + "; could not undo: " + base::join(stuck, "; "));
        }
    }
}

std::vector<std::string> carry_out_anyway(const Plan& plan, Kernel& kernel)
{
    std::vector<std::string> failures;
    bool may_be_up = false;
    for (const auto& step : plan) {
        if (may_be_up && std::holds_alternative<RemoveFilter>(step)) {
            failures.push_back("the filter stays, because the interface may still be up");
            continue;
        }
        try {
            kernel.apply(step);
        } catch (const base::Error& error) {
            if (takes_down(step) && is_gone(error))
                continue;
            failures.emplace_back(error.what());
            may_be_up |= takes_down(step);
        }
    }
    return failures;
}

std::string to_string(const Plan& plan)
{
    std::string text;
    for (const auto& step : plan)
        text += to_string(step) + "\n";
    return text;
}

} // namespace net
