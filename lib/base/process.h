// Running another program.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace base {

// Runs the program with our environment and the variables on top, and waits for it. Returns its
// exit status, or 128 and the signal's number if a signal ended it. Throws SystemError if it
// cannot be started.
int run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& variables);

} // namespace base
