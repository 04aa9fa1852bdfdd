#include "ovs/connection_json.h"

#include "base/text.h"
#include "net/json.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace ovs {

namespace {

using nlohmann::json;

std::chrono::microseconds left_until(Connection::Clock::time_point deadline)
{
    const auto left =
        std::chrono::duration_cast<std::chrono::microseconds>(deadline - Connection::Clock::now());
    return std::max(left, std::chrono::microseconds::zero());
}

sockaddr_un address_of(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw base::Error("the path " + base::quoted(path) + " is too long for a socket");
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

// A server that accepts nobody lets connect(2) wait: as long as it may take to send.
base::UniqueFd connect_to(const std::string& path, Connection::Clock::time_point deadline)
{
    const auto doing = "reaching Open vSwitch's database at " + path + " (is ovsdb-server running?)";
    const auto address = address_of(path);
    base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd)
        throw base::SystemError(errno, doing);
    const auto left = std::max(left_until(deadline), std::chrono::microseconds(1)).count();
    const timeval patience{left / 1'000'000, left % 1'000'000};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw base::SystemError(errno == EAGAIN ? ETIMEDOUT : errno, doing);
    if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0)
        throw base::SystemError(errno, doing);
    return fd;
}

bool is_update(const json& message)
{
    const auto method = message.find("method");
    return method != message.end() && method->is_string()
        && method->get_ref<const std::string&>().starts_with("update");
}

} // namespace

Connection::Connection(const std::string& path, Clock::time_point deadline)
    : path_(path)
    , deadline_(deadline)
    , fd_(connect_to(path, deadline))
{ }

std::string Connection::doing() const
{
    return "talking to Open vSwitch's database at " + path_ + ": ";
}

void Connection::fail(const std::string& reason) const
{
    throw base::Error(doing() + reason);
}

// False when the deadline is over.
bool Connection::is_ready(short events) const
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(left_until(deadline_));
    pollfd waiting{fd_.get(), events, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    return ready > 0 || (ready < 0 && errno == EINTR && left.count() > 0);
}

void Connection::write(const std::string& text)
{
    for (std::size_t done = 0; done < text.size();) {
        const auto sent = ::send(fd_.get(), text.data() + done, text.size() - done, MSG_NOSIGNAL);
        if (sent > 0)
            done += static_cast<std::size_t>(sent);
        else if (errno != EAGAIN && errno != EINTR)
            throw base::SystemError(errno, "talking to Open vSwitch's database at " + path_);
        else if (!is_ready(POLLOUT))
            throw TimedOut(doing() + "it does not take what is sent to it");
    }
}

std::int64_t Connection::send(const char* method, const json& params)
{
    const auto request = ++last_request_;
    write(net::json_text({{"method", method}, {"id", request}, {"params", params}}));
    return request;
}

std::optional<json> Connection::parsed_message()
{
    try {
        const auto text = scanner_.next();
        return text ? std::optional(net::parse_json(*text)) : std::nullopt;
    } catch (const base::Error& error) { // the same reason, with the socket
        fail(error.what());
    }
}

// The next message, whatever it is. Who never stops sending comes to the deadline, too.
json Connection::next_message()
{
    std::array<char, 16384> buffer;
    while (Clock::now() < deadline_) {
        if (auto message = parsed_message())
            return *std::move(message);
        if (!is_ready(POLLIN))
            break;
        const auto length = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (length == 0)
            fail("it has closed the connection");
        if (length > 0)
            scanner_.add({buffer.data(), static_cast<std::size_t>(length)});
        else if (errno != EAGAIN && errno != EINTR)
            throw base::SystemError(errno, "talking to Open vSwitch's database at " + path_);
    }
    throw TimedOut(doing() + "it does not answer in time");
}

// The next message that is for the caller: whether we are alive is answered here.
json Connection::receive()
{
    for (;;) {
        auto message = next_message();
        if (message.value("method", json()) != "echo")
            return message;
        write(net::json_text({{"id", message.value("id", json())}, {"error", nullptr},
            {"result", message.value("params", json::array())}}));
    }
}

void Connection::keep(json update)
{
    if (updates_.size() == most_updates)
        fail("it sends more updates than were asked for");
    updates_.push_back(std::move(update));
}

json Connection::result(std::int64_t request)
{
    for (;;) {
        auto message = receive();
        if (is_update(message)) {
            keep(std::move(message));
            continue;
        }
        if (message.value("id", json()) != request)
            continue; // of something that was given up
        if (const auto error = message.find("error"); error != message.end() && !error->is_null())
            fail("it refuses: " + base::printable(net::json_text(*error), 500));
        return message.value("result", json());
    }
}

json Connection::next_update()
{
    while (updates_.empty()) {
        auto message = receive();
        if (is_update(message))
            keep(std::move(message));
    }
    const auto update = std::move(updates_.front());
    updates_.pop_front();
    const auto params = update.value("params", json());
    if (!params.is_array() || params.size() < 2)
        fail("an update has no tables");
    return params[1];
}

} // namespace ovs
