// What the administrator's programs share: options, and errors turned into words and exit status.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tool {

// Parses, runs, reports. Exit status 0 done, 1 failed, 2 used wrongly; the reason goes to stderr
// and to syslog.
int run(CLI::App&, int argc, char** argv, const std::function<void()>& body);

// Prints to stdout; throws base::SystemError if that fails (a full disk, a closed pipe).
void print(const std::string& text);

} // namespace tool
