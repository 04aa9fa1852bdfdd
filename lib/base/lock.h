// A lock file that programs and Xen's shell scripts can share (docs/hotplug-contract.md, section 4).
#pragma once

#include "base/unique_fd.h"

#include <string>

namespace base {

// Holds an exclusive flock(2) on the file from construction to destruction.
//
// I1  Two holders never exist at once, not even when one removes the file while the other waits:
//     whoever gets the lock checks that the path still names the file that he locked.
// I2  A holder that dies, however, releases the lock. The empty file that stays is harmless.
class Lock {
public:
    // Waits as long as it takes. Makes the folder if it is missing. Throws SystemError.
    explicit Lock(std::string path);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    std::string path_;
    UniqueFd fd_;
};

} // namespace base
