#include "xen/bridge/guardian.h"

#include "base/error.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace xen {

namespace {

void leave_session()
{
    ::setsid();
    std::signal(SIGHUP, SIG_IGN);
    [[maybe_unused]] const int moved = ::chdir("/");
    // Also closes the lock that our parent holds: it is free once the parent is done.
    ::close_range(0, ~0U, 0);
    ::open("/dev/null", O_RDWR);
    [[maybe_unused]] const int out = ::dup(0);
    [[maybe_unused]] const int err = ::dup(0);
}

void sleep_until(std::int64_t seconds_since_boot)
{
    const timespec until{seconds_since_boot, 0};
    while (::clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, nullptr) == EINTR) { }
}

[[noreturn]] void guard(
    const BridgeRecord& record, const std::function<void(const BridgeRecord&)>& revert) noexcept
{
    leave_session();
    if (::fork() != 0)
        ::_exit(0); // so that the guardian is nobody's child
    sleep_until(*record.confirm_by);
    revert(record);
    ::_exit(0);
}

} // namespace

void start_guardian(const BridgeRecord& record, const std::function<void(const BridgeRecord&)>& revert)
{
    const auto child = ::fork();
    if (child < 0)
        throw base::SystemError(errno, "starting the guardian");
    if (child == 0)
        guard(record, revert);
    ::waitpid(child, nullptr, 0);
}

} // namespace xen
