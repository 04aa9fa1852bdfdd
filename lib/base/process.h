// Our own process, and running another program.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// The first thing that every program does. A closed pipe is no reason to stop half-way (SIGPIPE is ignored),
// and descriptors 0, 1 and 2 are open, on the null device if on nothing else: no socket of ours becomes
// stderr.
void begin_program();

// What becomes another program in our place has its signals as we were given them.
void end_program();

// Closes all other descriptors of the process.
void close_all_but(int fd);

// Where programs are looked for, whatever our own PATH is.
inline constexpr std::array<std::string_view, 4> program_folders{"/usr/sbin", "/usr/bin", "/sbin", "/bin"};

// The path of a program that is named without a folder; nothing if it is not installed.
std::optional<std::string> find_program(std::string_view name);

// Runs the program with our environment and the variables on top, and waits for it. The program is an
// absolute path, or is looked for in program_folders; its PATH is ours without folders that depend on where
// we were called. Returns its exit status, or 128 and the signal's number if a signal ended it. Throws
// SystemError if it cannot be started.
int run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& variables);

// The same for a program that may hang, or leave children behind: it leads a process group of its own, which
// is killed at the deadline, and what it says goes to the end of the file `output` (or nowhere, if that
// cannot be opened), so that who reads our output does not wait for that of its children. Nothing if it did
// not end in time.
std::optional<int> run_until(std::chrono::steady_clock::time_point deadline,
    const std::vector<std::string>& arguments, const std::map<std::string, std::string>& variables,
    const std::string& output);

} // namespace base
