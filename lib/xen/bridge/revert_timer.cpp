#include "xen/bridge/revert_timer.h"

#include "base/control_group.h"
#include "base/error.h"
#include "base/process.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

namespace xen {

namespace {

constexpr char running = '+'; // what the timer reports first, before its warning; anything else is an error
constexpr std::chrono::seconds longest_pause{30};

void report(int fd, const std::string& text)
{
    [[maybe_unused]] const auto written = ::write(fd, text.data(), text.size());
}

void block_signals()
{
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
}

void leave_session(int reporting)
{
    block_signals();
    ::setsid();
    ::prctl(PR_SET_NAME, "dom0net-revert");
    [[maybe_unused]] const int moved = ::chdir("/");
    // Also closes the lock that our parent holds: it is free once the parent is done.
    base::close_all_but(reporting);
    base::begin_program();
}

void sleep_until(std::int64_t seconds_since_boot)
{
    const timespec until{seconds_since_boot, 0};
    while (::clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, nullptr) == EINTR) { }
}

void sleep_for(std::chrono::seconds time)
{
    const timespec span{time.count(), 0};
    ::clock_nanosleep(CLOCK_BOOTTIME, 0, &span, nullptr);
}

[[noreturn]] void wait_and_revert(const BridgeRecord& record, const Revert& revert, base::UniqueFd reporting)
{
    const base::OwnControlGroup group("dom0net-revert-" + std::to_string(::getpid()));
    report(reporting.get(), running + group.failure());
    reporting = base::UniqueFd();
    sleep_until(*record.confirm_by);
    revert_until_done(record, revert, sleep_for);
    group.leave();
    ::_exit(0);
}

// A second fork makes the timer nobody's child.
[[noreturn]] void become_timer(const BridgeRecord& record, const Revert& revert, int reporting) noexcept
{
    leave_session(reporting);
    const auto child = ::fork();
    if (child == 0)
        wait_and_revert(record, revert, base::UniqueFd(reporting));
    if (child < 0)
        report(reporting, base::SystemError(errno, "starting a process").what());
    ::_exit(0);
}

std::string read_all(int fd)
{
    std::string text;
    std::array<char, 1024> piece;
    for (;;) {
        const auto got = ::read(fd, piece.data(), piece.size());
        if (got > 0)
            text.append(piece.data(), static_cast<std::size_t>(got));
        else if (got == 0 || errno != EINTR)
            return text;
    }
}

} // namespace

void revert_until_done(const BridgeRecord& record, const Revert& revert,
    const std::function<void(std::chrono::seconds)>& pause) noexcept
{
    for (std::chrono::seconds time(1); !revert(record); time = std::min(2 * time, longest_pause))
        pause(time);
}

std::string start_revert_timer(const BridgeRecord& record, const Revert& revert)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw base::SystemError(errno, "making a pipe");
    const base::UniqueFd reading(ends[0]);
    base::UniqueFd writing(ends[1]);
    const auto child = ::fork();
    if (child < 0)
        throw base::SystemError(errno, "starting the revert timer");
    if (child == 0)
        become_timer(record, revert, ends[1]);
    writing = base::UniqueFd();
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) { }
    const auto said = read_all(reading.get());
    if (!said.starts_with(running))
        throw base::Error("the revert timer did not start: " + (said.empty() ? "it ended at once" : said));
    return said.substr(1);
}

} // namespace xen
