#include "base/log.h"

#include "base/text.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <poll.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <ctime>

namespace base {

namespace {

// A line that cannot be written is lost, a pipe that nobody empties included: there is nowhere to tell of it.
void put_line(int fd, const std::string& line)
{
    constexpr int patience_ms = 1000;
    pollfd ready{fd, POLLOUT, 0};
    if (::poll(&ready, 1, patience_ms) == 0)
        return;
    [[maybe_unused]] const auto written = ::write(fd, line.data(), line.size());
}

std::string time_stamp()
{
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    std::array<char, 32> text{};
    localtime_r(&now, &local);
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z ", &local);
    return text.data();
}

} // namespace

Log::Log(std::string program, std::string file)
    : program_(std::move(program))
    , syslog_(program_)
    , file_(std::move(file))
{ }

// A single write, so that the lines of programs that run at the same time do not mix.
Log::~Log()
{
    if (lines_.empty())
        return;
    const UniqueFd fd(::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    if (fd)
        put_line(fd.get(), lines_);
}

void Log::debug(std::string_view text)
{
    write(LOG_DEBUG, printable(text));
}

void Log::error(std::string_view text)
{
    const auto shown = printable(text);
    put_line(STDERR_FILENO, program_ + ": " + shown + "\n");
    write(LOG_ERR, shown);
}

void Log::write(int priority, std::string_view text)
{
    syslog_.send(priority, text);
    if (!file_.empty())
        lines_ +=
            time_stamp() + program_ + "[" + std::to_string(::getpid()) + "]: " + std::string(text) + "\n";
}

} // namespace base
