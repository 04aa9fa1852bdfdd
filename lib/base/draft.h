// What is to take a file's place: written beside it (".NAME:new", which no interface and no record can be
// called), whole and on the disk, before anything changes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace base {

class Draft {
public:
    // Gives the new file its owner and mode; what it returns is as of fchmod(2).
    using Dress = std::function<int(int fd)>;

    // A file. Throws SystemError, and nothing is left of it.
    Draft(std::string path, std::string_view content, const Dress& dress);

    // A symbolic link. Likewise.
    static Draft link(std::string path, const std::string& target);

    Draft(Draft&& other) noexcept;
    Draft& operator=(Draft&&) = delete;
    ~Draft(); // gone, if it was not put in place

    // Renames it, and has the folder on the disk. Throws SystemError.
    void put_in_place();

    // Where the draft of a path is, or was left by who was killed.
    static std::string beside(const std::string& path);

private:
    explicit Draft(std::string path);

    std::string path_;
    std::string beside_;
};

// Has what was renamed, linked or removed in the path's folder on the disk. Throws SystemError.
void sync_folder_of(const std::string& path);

} // namespace base
