#include "base/file.h"

#include "base/draft.h"
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
#include <memory>

namespace base {

namespace {

void put_in_place(const std::string& path, std::string_view content, const Draft::Dress& dress)
{
    Draft(path, content, dress).put_in_place();
}

std::string read_all(int fd, const std::string& path, std::size_t largest)
{
    std::string content;
    std::array<char, 4096> piece;
    for (;;) {
        const auto got = ::read(fd, piece.data(), piece.size());
        if (got == 0)
            return content;
        if (got < 0 && errno != EINTR)
            throw SystemError(errno, "reading " + path);
        if (got > 0)
            content.append(piece.data(), static_cast<std::size_t>(got));
        if (content.size() > largest)
            throw Error("reading " + path + ": it has more than " + std::to_string(largest) + " bytes");
    }
}

UniqueFd open_if_there(const std::string& path, int flags)
{
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
    if (!fd && errno != ENOENT)
        throw SystemError(errno, "opening " + path);
    return fd;
}

} // namespace

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

std::string folder_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

std::optional<std::string> read_file(const std::string& path, std::size_t largest)
{
    const auto fd = open_if_there(path, 0);
    return fd ? std::optional(read_all(fd.get(), path, largest)) : std::nullopt;
}

std::optional<std::string> read_regular_file(const std::string& path, std::size_t largest)
{
    const auto fd = open_if_there(path, O_NONBLOCK | O_NOCTTY);
    if (!fd)
        return std::nullopt;
    struct stat status { };
    if (::fstat(fd.get(), &status) != 0)
        throw SystemError(errno, "looking at " + path);
    if (!S_ISREG(status.st_mode))
        throw Error("reading " + path + ": it is no regular file");
    return read_all(fd.get(), path, largest);
}

bool is_accessible(const std::string& path, int mode)
{
    if (::access(path.c_str(), mode) == 0)
        return true;
    if (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == EROFS || errno == ETXTBSY)
        return false;
    throw SystemError(errno, "looking at " + path);
}

bool others_may_write(const struct stat& file)
{
    const bool group = (file.st_mode & S_IWGRP) && file.st_gid != 0;
    return group || (file.st_mode & S_IWOTH) || (file.st_uid != 0 && file.st_uid != ::geteuid());
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
    if (!open && errno == ENOENT)
        return {};
    if (!open)
        throw SystemError(errno, "listing " + folder);
    std::vector<std::string> names;
    errno = 0; // readdir(3) tells an error from the end by it
    while (const dirent* const each = ::readdir(open.get())) {
        if (const std::string_view name = each->d_name; name != "." && name != "..")
            names.emplace_back(name);
        errno = 0;
    }
    if (errno != 0)
        throw SystemError(errno, "listing " + folder);
    std::ranges::sort(names);
    return names;
}

void make_folder(const std::string& path, unsigned mode)
{
    if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST)
        return;
    if (errno != ENOENT || folder_of(path) == path)
        throw SystemError(errno, "creating " + path);
    make_folder(folder_of(path), mode);
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
        throw SystemError(errno, "creating " + path);
}

void make_private_folder(const std::string& path)
{
    constexpr mode_t for_others_to_open = 066;
    make_folder(path, 0700);
    struct stat status { };
    if (::stat(path.c_str(), &status) != 0)
        throw SystemError(errno, "looking at " + path);
    // Where it cannot be changed (read-only, somebody else's) it is of no use to be stopped by it.
    if ((status.st_mode & for_others_to_open) != 0) [[maybe_unused]]
        const int changed = ::chmod(path.c_str(), 0700);
}

void let_pass(const std::string& folder)
{
    if (::chmod(folder.c_str(), 0711) != 0)
        throw SystemError(errno, "letting others pass through " + folder);
}

} // namespace base
