// A lock file that programs and Xen's shell scripts can share (docs/hotplug-contract.md, section 4): flock(2)
// on a file that goes when it is let go.
#pragma once

#include "base/unique_fd.h"

#include <chrono>
#include <csignal>
#include <functional>
#include <string>

namespace base {

// Keeps Ctrl-Z and the like (SIGTSTP, SIGTTIN, SIGTTOU) from stopping the process in the middle of a change.
// They are blocked, not ignored: what came meanwhile takes effect afterwards.
class Unstoppable {
public:
    Unstoppable();
    ~Unstoppable();
    Unstoppable(const Unstoppable&) = delete;
    Unstoppable& operator=(const Unstoppable&) = delete;

private:
    sigset_t before_;
};

// Holds an exclusive flock(2) on the file from construction to destruction, and is Unstoppable for as long.
//
// I1  Two holders never exist at once, not even when one removes the file while the other waits:
//     whoever gets the lock checks that the path still names the file that he locked.
// I2  A holder that dies, however, releases the lock. The empty file that stays is harmless.
// I3  Only root can open the file (0600, in a folder 0700), so nobody else can hold it.
// I4  Where there is no room for the file (ENOSPC, EROFS, EDQUOT) the folder is locked in its stead: what
// gives back
//     must not need room. A caller that gets room in between does not see that, so who can reserve the file
//     does.
class Lock {
public:
    static constexpr std::chrono::seconds usual_patience{20};

    // Waits for so long, then throws Error that names the process that has it. Makes the folder if it is
    // missing, and it is to be one of ours: it is made private. The file stays for the next one, who then
    // needs no room for it, if `keep` says so when the lock is let go. Throws SystemError.
    explicit Lock(std::string path, std::function<bool()> keep = {},
        std::chrono::milliseconds patience = usual_patience);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    bool is_needed_later() const noexcept;

    std::string path_;
    std::function<bool()> keep_;
    UniqueFd fd_;
    bool is_folder_ = false; // I4
    Unstoppable unstoppable_ = {};
};

} // namespace base
