// Control groups: what a service manager ends as a whole when a login or a service ends.
#pragma once

#include <string>
#include <vector>

namespace base {

// The caller's process leaves the control groups that it was started in: for a scope of its own where systemd
// runs the host, else for a group of that name beside all others. So it outlives the login that it was
// started from.
class OwnControlGroup {
public:
    explicit OwnControlGroup(const std::string& name);

    // Gives the groups back that were made; the process is in the outermost one then.
    void leave() const;

    // Why the process is still where it was; empty if it is not.
    const std::string& failure() const { return failure_; }

private:
    bool join(const std::string& hierarchy, const std::string& name);

    std::vector<std::string> folders_ = {};
    std::string failure_ = {};
};

} // namespace base
