#include "tunnel/relay/own_namespace.h"

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"

#include <fcntl.h>
#include <linux/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

namespace tunnel {

namespace {

constexpr int patience_ms = 2000;

void send_answer(int socket, const std::string& error, std::optional<int> fd)
{
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec text{const_cast<char*>(error.data()), std::max<std::size_t>(1, error.size())};
    msghdr message{};
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    if (fd) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        auto* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &*fd, sizeof(int));
    }
    sendmsg(socket, &message, MSG_NOSIGNAL);
}

// The descriptor that came along, or an Error with the text that came instead.
base::UniqueFd receive_answer(int socket)
{
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    std::array<char, 1024> text{};
    iovec piece{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (const auto* const header = CMSG_FIRSTHDR(&message); header != nullptr) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
        return base::UniqueFd(fd);
    }
    throw base::Error(length > 0 ? std::string(text.data(), static_cast<std::size_t>(length))
                                 : "making a namespace: the process in it ended without a word");
}

void map_root_to(uid_t uid, gid_t gid)
{
    base::write_file("/proc/self/setgroups", "deny");
    base::write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
    base::write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
}

void raise(const std::string& interface, std::optional<unsigned> mtu)
{
    const base::UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::copy(interface.begin(), interface.end(), request.ifr_name);
    request.ifr_mtu = static_cast<int>(mtu.value_or(0));
    if (mtu && ioctl(fd.get(), SIOCSIFMTU, &request) != 0)
        throw base::SystemError(errno, "setting the mtu of " + interface);
    request.ifr_flags = IFF_UP;
    if (ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0)
        throw base::SystemError(errno, "raising " + interface);
}

Tap make_tap_inside(const net::IfName& name, unsigned mtu)
{
    const auto uid = getuid();
    const auto gid = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        throw base::SystemError(errno, "making a user and network namespace, without tap=");
    map_root_to(uid, gid);
    auto tap = Tap::open(name);
    raise(name.str(), mtu);
    raise("lo", std::nullopt);
    return tap;
}

[[noreturn]] void become_command(const std::vector<std::string>& command, int socket)
{
    std::vector<char*> arguments;
    for (const auto& word : command)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    if (command.empty()) {
        char ignored = 0;
        while (read(socket, &ignored, 1) < 0 && errno == EINTR) { }
        _exit(0);
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    base::end_program();
    execvp(arguments[0], arguments.data());
    _exit(127);
}

[[noreturn]] void live_inside(
    int socket, const net::IfName& name, unsigned mtu, const std::vector<std::string>& command)
{
    try {
        const auto tap = make_tap_inside(name, mtu);
        send_answer(socket, "+", tap.fd());
    } catch (const std::exception& error) {
        send_answer(socket, error.what(), std::nullopt);
        _exit(1);
    }
    become_command(command, socket);
}

} // namespace

OwnNamespace::OwnNamespace(const net::IfName& tap, unsigned mtu, const std::vector<std::string>& command)
    : name_(tap)
{
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw base::SystemError(errno, "making a socket pair");
    lifeline_ = base::UniqueFd(ends[0]);
    base::UniqueFd theirs(ends[1]);
    pid_ = fork();
    if (pid_ < 0)
        throw base::SystemError(errno, "starting a process");
    if (pid_ == 0) {
        close(ends[0]);
        live_inside(ends[1], tap, mtu, command);
    }
    theirs = base::UniqueFd();
    try {
        tap_ = receive_answer(lifeline_.get());
    } catch (...) { // the destructor does not run for us: nothing must be left behind
        exit_status();
        throw;
    }
    pidfd_ = base::UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
}

OwnNamespace::~OwnNamespace()
{
    if (reaped_)
        return;
    lifeline_ = base::UniqueFd();
    kill(pid_, SIGHUP); // what an interactive shell listens to
    kill(pid_, SIGTERM);
    pollfd ended{pidfd_.get(), POLLIN, 0};
    if (poll(&ended, 1, patience_ms) <= 0)
        kill(pid_, SIGKILL);
    exit_status();
}

bool OwnNamespace::has_ended() const
{
    pollfd ended{pidfd_.get(), POLLIN, 0};
    return poll(&ended, 1, 0) > 0;
}

int OwnNamespace::exit_status()
{
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) { }
    reaped_ = true;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace tunnel
