// In which network namespace this process is, told apart from all others that the running kernel has had.
#pragma once

#include <string>

namespace base {

struct NetworkNamespace {
    std::string
        id; // "4026531840.1": its inode, and its cookie where the kernel (5.14) has one: inodes come again
    std::string
        scope; // ":4026532300" for the names of files; empty in that of process 1, which is the host's
};

// Throws SystemError.
NetworkNamespace network_namespace();

} // namespace base
