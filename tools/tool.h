// What the administrator's programs share: options, and errors turned into words and exit status.
#pragma once

#include "base/log.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tool {

// Parses, runs, reports. Exit status 0 done, 1 failed, 2 used wrongly; the reason goes to stderr
// and to syslog.
int run(CLI::App&, int argc, char** argv, const std::function<void(base::Log&)>& body);

// Prints to stdout what somebody asked to see; throws base::SystemError if that fails (a full disk, a closed
// pipe).
void print(const std::string& text);

// Prints to stdout what was done. It is done whether or not that can be told: a failure is only logged.
void tell(const std::string& text, base::Log&);

} // namespace tool
