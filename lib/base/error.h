// The three ways in which something can fail, as exceptions.
#pragma once

#include <stdexcept>
#include <string>

namespace base {

// What went wrong, in words for the log and for Xen's hotplug-error. The message names
// what was being done, then the reason.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The caller held the tool wrong: a bad word, a missing variable. Exit status 2.
class UsageError : public Error {
public:
    using Error::Error;
};

// The system said no. `code` is errno, so that a caller can tell EEXIST from the rest.
class SystemError : public Error {
public:
    // The message is "<doing>: <text of errno_code>", with what the kernel said of its own
    // accord, if anything, in brackets.
    SystemError(int errno_code, const std::string& doing, const std::string& kernel_says = {});

    const int code;
};

} // namespace base
