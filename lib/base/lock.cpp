#include "base/lock.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>

#include <cerrno>
#include <cstdio>
#include <exception>

namespace base {

namespace {

using std::chrono::steady_clock;

bool is_still_at(int fd, const std::string& path)
{
    struct stat held { };
    struct stat named { };
    return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev
        && held.st_ino == named.st_ino;
}

// Interrupts system calls every tenth of a second, however SIGALRM came to us.
class Ticking {
public:
    Ticking()
    {
        struct sigaction interrupt { };
        interrupt.sa_handler = [](int) {};
        ::sigaction(SIGALRM, &interrupt, &action_);
        sigset_t alarm;
        sigemptyset(&alarm);
        sigaddset(&alarm, SIGALRM);
        ::sigprocmask(SIG_UNBLOCK, &alarm, &mask_);
        constexpr timeval tick{0, 100'000};
        const itimerval ticks{tick, tick};
        ::setitimer(ITIMER_REAL, &ticks, &timer_);
    }
    ~Ticking()
    {
        ::setitimer(ITIMER_REAL, &timer_, nullptr);
        ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
        ::sigaction(SIGALRM, &action_, nullptr);
    }
    Ticking(const Ticking&) = delete;
    Ticking& operator=(const Ticking&) = delete;

private:
    struct sigaction action_ { };
    sigset_t mask_ = {};
    itimerval timer_ = {};
};

// As /proc/locks has it: "1: FLOCK  ADVISORY  WRITE 1234 00:19:42 0 EOF"; who waits has "->" behind the
// number.
std::string holder_of(int fd)
{
    struct stat status { };
    ::fstat(fd, &status);
    char file[64];
    std::snprintf(file, sizeof file, "%02x:%02x:%llu", major(status.st_dev), minor(status.st_dev),
        static_cast<unsigned long long>(status.st_ino));
    for (const auto& line : split(read_file("/proc/locks").value_or(""), '\n'))
        if (const auto fields = words(line); fields.size() > 5 && fields[1] == "FLOCK" && fields[5] == file)
            return fields[4];
    return {};
}

// "process 1234 ('network-bridge')", or less where less is known.
std::string process_text(const std::string& pid)
{
    if (!parse_number(pid))
        return "somebody";
    const auto status = split(read_file("/proc/" + pid + "/status").value_or(""), '\n');
    std::string text = "process " + pid;
    for (const auto& line : status)
        if (line.starts_with("Name:"))
            text += " (" + quoted(trim(line.substr(5))) + ")";
        else if (line.starts_with("State:") && trim(line.substr(6)).starts_with('T'))
            text += ", which is stopped,";
    return text;
}

[[noreturn]] void give_up(int fd, const std::string& path)
{
    std::string holder = "somebody";
    try {
        holder = process_text(holder_of(fd));
    } catch (const Error&) { // it ended while we looked, or /proc is not to be read: the rest is worth saying
    }
    throw Error("waiting for the lock " + path + ": " + holder
        + " has held it for too long: see what that does, end it if it is stuck, then try again");
}

bool try_lock(int fd, int how, const std::string& path)
{
    if (::flock(fd, LOCK_EX | how) == 0)
        return true;
    if (errno != EINTR && errno != EWOULDBLOCK)
        throw SystemError(errno, "locking " + path);
    return false;
}

void wait_for(int fd, const std::string& path, steady_clock::time_point deadline)
{
    if (try_lock(fd, LOCK_NB, path))
        return;
    const Ticking ticking;
    while (!try_lock(fd, 0, path))
        if (steady_clock::now() >= deadline)
            give_up(fd, path);
}

// An older program, or one of Xen's scripts, may have made it so that others can open it.
void close_to_others(int fd)
{
    struct stat status { };
    if (::fstat(fd, &status) == 0 && (status.st_mode & 077) != 0) [[maybe_unused]]
        const int changed = ::fchmod(fd, 0600);
}

// Not for writing: flock(2) does not need it, and what is there can be opened where nothing can be written.
UniqueFd open_lock(const std::string& path)
{
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd)
        close_to_others(fd.get());
    else if (errno != ENOSPC && errno != EROFS && errno != EDQUOT)
        throw SystemError(errno, "opening the lock " + path);
    return fd;
}

UniqueFd open_folder(const std::string& folder)
{
    UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        throw SystemError(errno, "opening " + folder);
    return fd;
}

} // namespace

Unstoppable::Unstoppable()
{
    sigset_t stops;
    sigemptyset(&stops);
    for (const int signal : {SIGTSTP, SIGTTIN, SIGTTOU})
        sigaddset(&stops, signal);
    ::sigprocmask(SIG_BLOCK, &stops, &before_);
}

Unstoppable::~Unstoppable()
{
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

Lock::Lock(std::string path, std::function<bool()> keep, std::chrono::milliseconds patience)
    : path_(std::move(path))
    , keep_(std::move(keep))
{
    const auto folder = folder_of(path_);
    const auto deadline = steady_clock::now() + patience;
    make_private_folder(folder);
    do {
        fd_ = open_lock(path_);
        is_folder_ = !fd_;
        if (is_folder_)
            fd_ = open_folder(folder);
        wait_for(fd_.get(), is_folder_ ? folder : path_, deadline);
    } while (!is_still_at(fd_.get(), is_folder_ ? folder : path_));
}

Lock::~Lock()
{
    if (!is_folder_ && !is_needed_later())
        ::unlink(path_.c_str());
}

bool Lock::is_needed_later() const noexcept
{
    try {
        return keep_ && keep_();
    } catch (const std::exception&) { // nobody knows: a file too many does no harm
        return true;
    }
}

} // namespace base
