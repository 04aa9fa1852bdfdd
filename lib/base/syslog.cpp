#include "base/syslog.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace base {

namespace {

constexpr const char* path = "/dev/log";

// As syslog(3) writes it, and every reader of /dev/log expects.
std::string head(int priority)
{
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    std::array<char, 32> text{};
    localtime_r(&now, &local);
    std::strftime(text.data(), text.size(), "%h %e %T ", &local);
    return "<" + std::to_string(LOG_DAEMON | priority) + ">" + text.data();
}

// Errno is that of connect(2) if there is none.
UniqueFd connected(int type)
{
    UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path);
    if (fd && ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return UniqueFd();
    return fd;
}

} // namespace

void Syslog::open()
{
    stream_ = false;
    fd_ = connected(SOCK_DGRAM);
    if (!fd_ && errno == EPROTOTYPE) {
        stream_ = true;
        fd_ = connected(SOCK_STREAM);
    }
}

bool Syslog::send_now(const std::string& line) const
{
    // In a stream, messages end with a zero byte.
    const auto size = line.size() + (stream_ ? 1 : 0);
    return ::send(fd_.get(), line.c_str(), size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

void Syslog::send(int priority, std::string_view text)
{
    const auto line = head(priority).append(program_).append(": ").append(text);
    if (fd_ && (send_now(line) || errno == EAGAIN))
        return;
    open(); // for the first time; or syslog was started anew
    if (fd_)
        send_now(line);
}

} // namespace base
