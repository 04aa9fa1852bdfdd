#include "base/draft.h"

#include "base/error.h"
#include "base/file.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace base {

namespace {

void write_and_sync(int fd, std::string_view content, const std::string& path)
{
    write_all(fd, content, path);
    if (::fsync(fd) != 0)
        throw SystemError(errno, "writing " + path + " to the disk");
}

} // namespace

std::string Draft::beside(const std::string& path)
{
    const auto slash = path.rfind('/');
    const auto name = slash == std::string::npos ? 0 : slash + 1;
    return path.substr(0, name) + "." + path.substr(name) + ":new";
}

Draft::Draft(std::string path)
    : path_(std::move(path))
    , beside_(beside(path_))
{ }

Draft::Draft(std::string path, std::string_view content, const Dress& dress)
    : Draft(std::move(path))
{
    const UniqueFd fd(::open(beside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd)
        throw SystemError(errno, "creating " + beside_);
    write_and_sync(fd.get(), content, beside_); // half a draft goes with us
    if (dress(fd.get()) != 0)
        throw SystemError(errno, "setting owner and mode of " + beside_);
}

Draft Draft::link(std::string path, const std::string& target)
{
    Draft draft(std::move(path));
    remove_file(draft.beside_); // who was killed may have left one
    if (::symlink(target.c_str(), draft.beside_.c_str()) != 0)
        throw SystemError(errno, "creating " + draft.beside_);
    return draft;
}

Draft::Draft(Draft&& other) noexcept
    : path_(std::move(other.path_))
    , beside_(std::move(other.beside_))
{
    other.beside_.clear();
}

Draft::~Draft()
{
    if (!beside_.empty())
        ::unlink(beside_.c_str());
}

void Draft::put_in_place()
{
    if (::rename(beside_.c_str(), path_.c_str()) != 0)
        throw SystemError(errno, "renaming " + beside_ + " to " + path_);
    beside_.clear();
    sync_folder_of(path_);
}

void sync_folder_of(const std::string& path)
{
    const auto folder = folder_of(path);
    const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        throw SystemError(errno, "opening " + folder);
    if (::fsync(fd.get()) != 0)
        throw SystemError(errno, "writing " + folder + " to the disk");
}

} // namespace base
