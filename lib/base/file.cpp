#include "base/file.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>

namespace base {

namespace {

void write_all(int fd, std::string_view content, const std::string& path)
{
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno != EINTR)
            throw SystemError(errno, "writing " + path);
        if (written > 0)
            content.remove_prefix(static_cast<std::size_t>(written));
    }
}

void sync(int fd, const std::string& path)
{
    if (::fsync(fd) != 0)
        throw SystemError(errno, "writing " + path + " to the disk");
}

std::string folder_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

void sync_folder_of(const std::string& path)
{
    const auto folder = folder_of(path);
    const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        throw SystemError(errno, "opening " + folder);
    sync(fd.get(), folder);
}

// `dress` gives the new file its owner and mode; what it returns is as of fchmod(2).
void put_in_place(const std::string& path, std::string_view content, const std::function<int(int fd)>& dress)
{
    const auto beside = path + ".new";
    const UniqueFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd)
        throw SystemError(errno, "creating " + beside);
    write_all(fd.get(), content, beside);
    if (dress(fd.get()) != 0)
        throw SystemError(errno, "setting owner and mode of " + beside);
    sync(fd.get(), beside);
    if (::rename(beside.c_str(), path.c_str()) != 0)
        throw SystemError(errno, "renaming " + beside + " to " + path);
    sync_folder_of(path);
}

} // namespace

std::optional<std::string> read_file(const std::string& path)
{
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ENOTDIR))
        return std::nullopt;
    if (!fd)
        throw SystemError(errno, "opening " + path);
    std::string content;
    std::array<char, 4096> piece;
    for (;;) {
        const auto got = ::read(fd.get(), piece.data(), piece.size());
        if (got == 0)
            return content;
        if (got < 0 && errno != EINTR)
            throw SystemError(errno, "reading " + path);
        if (got > 0)
            content.append(piece.data(), static_cast<std::size_t>(got));
    }
}

void write_file(const std::string& path, std::string_view content)
{
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd)
        throw SystemError(errno, "opening " + path);
    write_all(fd.get(), content, path);
}

void replace_file(const std::string& path, std::string_view content, unsigned mode)
{
    put_in_place(path, content, [&](int fd) { return ::fchmod(fd, mode); });
}

void rewrite_file(const std::string& path, std::string_view content)
{
    const std::unique_ptr<char, decltype([](char* text) { std::free(text); })> target(
        ::realpath(path.c_str(), nullptr));
    struct stat old { };
    if (!target || ::stat(target.get(), &old) != 0)
        throw SystemError(errno, "looking at " + path);
    put_in_place(target.get(), content, [&](int fd) {
        return ::fchown(fd, old.st_uid, old.st_gid) != 0 ? -1 : ::fchmod(fd, old.st_mode & 07777);
    });
}

void remove_file(const std::string& path)
{
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        throw SystemError(errno, "removing " + path);
}

std::vector<std::string> names_in(const std::string& folder)
{
    const std::unique_ptr<DIR, decltype([](DIR* open) { ::closedir(open); })> open(::opendir(folder.c_str()));
    std::vector<std::string> names;
    if (!open && errno == ENOENT)
        return names;
    errno = 0; // readdir(3) tells an error from the end by it
    while (const dirent* const each = open ? ::readdir(open.get()) : nullptr)
        if (const std::string_view name = each->d_name; name != "." && name != "..")
            names.emplace_back(name);
    if (errno != 0)
        throw SystemError(errno, "listing " + folder);
    std::ranges::sort(names);
    return names;
}

void make_folder(const std::string& path)
{
    if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST)
        return;
    if (errno != ENOENT || folder_of(path) == path)
        throw SystemError(errno, "creating " + path);
    make_folder(folder_of(path));
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
        throw SystemError(errno, "creating " + path);
}

} // namespace base
