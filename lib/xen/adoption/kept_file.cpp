#include "xen/adoption/kept_file.h"

#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>

namespace xen {

namespace {

using base::SystemError;

using Look = int (*)(const char*, struct stat*);

// ::lstat, or ::stat, which looks at what a link leads to.
std::optional<struct stat> look_at_file(const std::string& path, Look look = ::lstat)
{
    struct stat status { };
    if (look(path.c_str(), &status) == 0)
        return status;
    if (errno != ENOENT)
        throw SystemError(errno, "looking at " + path);
    return std::nullopt;
}

std::string link_target(const std::string& path)
{
    std::array<char, PATH_MAX> target;
    const auto length = ::readlink(path.c_str(), target.data(), target.size());
    if (length < 0)
        throw SystemError(errno, "reading the link " + path);
    return {target.data(), static_cast<std::size_t>(length)};
}

void rename_file(const std::string& from, const std::string& to)
{
    if (::rename(from.c_str(), to.c_str()) != 0)
        throw SystemError(errno, "renaming " + from + " to " + to);
    base::remove_file(from); // rename(2) does nothing where both names are of one file
}

} // namespace

std::string fingerprint_of(const std::string& link, std::string_view content)
{
    return link.empty() ? "sha256:" + base::sha256(content) : "link:" + link;
}

std::optional<std::string> KeptFile::fingerprint() const
{
    const auto status = look_at_file(path_);
    if (!status)
        return std::nullopt;
    if (S_ISLNK(status->st_mode))
        return fingerprint_of(link_target(path_), {});
    return fingerprint_of({}, base::read_regular_file(path_).value_or(""));
}

bool KeptFile::has_saved() const
{
    return look_at_file(saved()).has_value();
}

void need_trusted(const std::string& path)
{
    const auto status = look_at_file(path, ::stat);
    if (status && base::others_may_write(*status))
        throw base::Error("others than root may write " + path + ": look into it, then run \"chown root:root "
            + path + " && chmod go-w " + path + "\", and this again");
}

base::Draft KeptFile::draft(std::string_view content, unsigned mode) const
{
    const auto old = look_at_file(path_, ::stat);
    if (!old)
        return new_draft(content, mode);
    base::remove_file(base::Draft::beside(path_));
    return {path_, content, [&](int fd) {
                return ::fchown(fd, old->st_uid, old->st_gid) != 0 ? -1 : ::fchmod(fd, old->st_mode & 07777);
            }};
}

base::Draft KeptFile::new_draft(std::string_view content, unsigned mode) const
{
    base::remove_file(base::Draft::beside(path_));
    return {path_, content, [mode](int fd) { return ::fchmod(fd, mode); }};
}

base::Draft KeptFile::link_draft(const std::string& target) const
{
    return base::Draft::link(path_, target);
}

void KeptFile::save() const
{
    const auto beside = base::Draft::beside(saved());
    base::remove_file(beside);
    if (::link(path_.c_str(), beside.c_str()) != 0)
        throw SystemError(errno, "linking " + path_ + " to " + beside);
    rename_file(beside, saved());
    base::sync_folder_of(path_);
}

void KeptFile::give_back() const
{
    if (has_saved())
        rename_file(saved(), path_);
    else
        base::remove_file(path_);
    forget();
}

void KeptFile::forget() const
{
    for (const auto& each : {saved(), base::Draft::beside(saved()), base::Draft::beside(path_)})
        if (look_at_file(each)) // unlink(2) fails in a read-only file system even where there is nothing
            base::remove_file(each);
    base::sync_folder_of(path_);
}

} // namespace xen
