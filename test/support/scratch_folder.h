// A folder of a test's own, gone with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace test {

class ScratchFolder {
public:
    ScratchFolder()
        : path_((std::filesystem::temp_directory_path() / "dom0net-XXXXXX").string())
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
    std::string path_;
};

} // namespace test
