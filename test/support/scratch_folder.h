// A folder of a test's own, gone with it.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace test {

class ScratchFolder {
public:
    ScratchFolder()
        : path_(
            (in_memory() ? "/dev/shm" : std::filesystem::temp_directory_path().string()) + "/dom0net-XXXXXX")
    {
        if (!::mkdtemp(path_.data()))
            throw std::runtime_error("making " + path_);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const { return path_; }

private:
    // Where fsync() costs nothing.
    static bool in_memory() { return ::access("/dev/shm", W_OK | X_OK) == 0; }

    std::string path_;
};

} // namespace test
