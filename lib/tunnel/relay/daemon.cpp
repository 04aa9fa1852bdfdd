#include "tunnel/relay/daemon.h"

#include "base/error.h"
#include "base/syslog.h"
#include "tunnel/relay/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>

namespace tunnel {

namespace {

constexpr char ready = '+'; // what the relay writes when it works; anything else is its error

void leave_terminal(int keep)
{
    const base::UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int fd = 0; fd <= 2; ++fd)
        ::dup2(nothing.get(), fd);
    const auto last = static_cast<unsigned>(keep);
    ::syscall(SYS_close_range, 3U, last - 1, 0U); // a caller's pipe held open would make the caller wait
    ::syscall(SYS_close_range, last + 1, ~0U, 0U);
}

[[noreturn]] void live(const Config& config, const User& user, const std::string& socket, int report)
{
    bool reported = false;
    try {
        ::setsid();
        if (::chdir("/") != 0)
            throw base::SystemError(errno, "going to /");
        ::umask(077);
        auto tap = Tap::open(config.tap_name());
        become(user);
        Relay relay(config, std::move(tap), socket);
        reported = ::write(report, &ready, 1) == 1;
        ::close(report);
        relay.run();
        ::_exit(0);
    } catch (const std::exception& error) {
        const std::string text = error.what();
        if (!reported && ::write(report, text.data(), text.size()) >= 0)
            ::_exit(1);
        base::Syslog("network-tunnel").send(LOG_ERR, config.name + ": " + text);
        ::_exit(1);
    }
}

std::string read_all(int fd)
{
    std::string text;
    std::array<char, 1024> buffer;
    for (;;) {
        const auto length = ::read(fd, buffer.data(), buffer.size());
        if (length > 0)
            text.append(buffer.data(), static_cast<std::size_t>(length));
        else if (length == 0 || errno != EINTR)
            return text;
    }
}

} // namespace

void start_daemon(const Config& config, const User& user, const std::string& socket)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw base::SystemError(errno, "making a pipe");
    const base::UniqueFd reading(ends[0]);
    base::UniqueFd writing(ends[1]);
    const auto child = ::fork();
    if (child < 0)
        throw base::SystemError(errno, "starting the relay");
    if (child == 0) {
        leave_terminal(ends[1]);
        live(config, user, socket, ends[1]);
    }
    writing = base::UniqueFd();
    const auto answer = read_all(reading.get());
    if (answer == std::string(1, ready))
        return;
    ::waitpid(child, nullptr, 0);
    throw base::Error(answer.empty() ? "the relay ended without a word" : answer);
}

void stop_daemon(const std::string& socket, const User& user)
{
    constexpr int patience_ms = 5000;
    const auto listener = find_listener(socket);
    if (!listener)
        return;
    const base::UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, listener->pid, 0)));
    if (!process)
        return; // gone in between
    if (listener->uid != user.uid)
        throw base::Error(socket + " belongs to a process (" + std::to_string(listener->pid)
            + ") that is not run by " + user.name + ": it is left alone");
    pollfd ended{process.get(), POLLIN, 0};
    for (const int signal : {SIGTERM, SIGKILL}) {
        ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
        if (::poll(&ended, 1, patience_ms) > 0)
            return;
    }
    throw base::Error("the relay (process " + std::to_string(listener->pid) + ") does not end");
}

void notify_ready()
{
    const auto* const path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || *path == '\0')
        return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name(path);
    const auto length = std::min(name.size(), sizeof address.sun_path - 1);
    std::copy_n(name.begin(), length, address.sun_path);
    if (name.front() == '@')
        address.sun_path[0] = '\0'; // an abstract name
    const base::UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const std::string text = "READY=1";
    ::sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
}

} // namespace tunnel
