#include "base/lock.h"

#include "base/error.h"
#include "base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

namespace base {

namespace {

bool is_still_at(int fd, const std::string& path)
{
    struct stat held { };
    struct stat named { };
    return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev
        && held.st_ino == named.st_ino;
}

} // namespace

Lock::Lock(std::string path)
    : path_(std::move(path))
{
    make_folder(path_.substr(0, path_.rfind('/')));
    do {
        fd_ = UniqueFd(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
        if (!fd_)
            throw SystemError(errno, "opening the lock " + path_);
        while (::flock(fd_.get(), LOCK_EX) != 0)
            if (errno != EINTR)
                throw SystemError(errno, "locking " + path_);
    } while (!is_still_at(fd_.get(), path_));
}

Lock::~Lock()
{
    ::unlink(path_.c_str());
}

} // namespace base
