#include "tunnel/relay/status_socket.h"

#include "base/error.h"
#include "base/text.h"
#include "tunnel/wire/socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace tunnel {

namespace {

constexpr int patience_ms = 2000;
constexpr int reply_buffer = 1024 * 1024; // a reply fits as a whole, so that nobody has to wait for a reader

constexpr std::size_t longest_reply = 4 * 1024 * 1024;

sockaddr_un address_of(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw base::UsageError("the path " + base::quoted(path) + " is too long for a socket");
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

base::UniqueFd listen_at(const std::string& path)
{
    const auto doing = "answering at " + path;
    const auto address = address_of(path);
    if (find_listener(path))
        throw base::Error(doing + ": a relay does so already");
    unlink(path.c_str()); // left behind by one that was killed
    auto fd = open_socket(AF_UNIX, SOCK_STREAM, doing);
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0
        || listen(fd.get(), 8) != 0)
        throw base::SystemError(errno, doing);
    return fd;
}

} // namespace

StatusSocket::StatusSocket(Loop& loop, std::string path, Answer answer)
    : loop_(loop)
    , path_(std::move(path))
    , answer_(std::move(answer))
    , listener_(listen_at(path_))
{
    loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept(); });
}

StatusSocket::~StatusSocket()
{
    for (const auto& [fd, owner] : clients_)
        loop_.forget(fd);
    loop_.forget(listener_.get());
    unlink(path_.c_str());
}

void StatusSocket::accept()
{
    base::UniqueFd client(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client || clients_.size() >= most_clients)
        return;
    const auto fd = client.get();
    try_option(fd, SOL_SOCKET, SO_SNDBUF, reply_buffer);
    loop_.watch(fd, EPOLLIN, [this, fd](std::uint32_t) { reply(fd); });
    clients_.emplace(fd, std::move(client));
}

void StatusSocket::reply(int fd)
{
    std::array<char, 64> request;
    const auto length = recv(fd, request.data(), request.size(), MSG_DONTWAIT);
    if (length > 0) {
        const std::string_view word(request.data(), static_cast<std::size_t>(length));
        const auto text = answer_(base::trim(word));
        send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    loop_.forget(fd);
    clients_.erase(fd);
}

std::optional<Listener> find_listener(const std::string& path)
{
    const auto address = address_of(path);
    base::UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return std::nullopt;
    ucred peer{};
    socklen_t length = sizeof peer;
    if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        return std::nullopt;
    return Listener{std::move(fd), peer.pid, peer.uid};
}

std::optional<std::string> ask(const std::string& path, std::string_view format)
{
    const auto listener = find_listener(path);
    if (!listener)
        return std::nullopt;
    const auto fd = listener->connection.get();
    const auto request = std::string(format) + "\n";
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0)
        return std::nullopt;
    std::string text;
    std::array<char, 65536> buffer;
    pollfd waiting{fd, POLLIN, 0};
    while (poll(&waiting, 1, patience_ms) > 0) {
        const auto length = recv(fd, buffer.data(), buffer.size(), 0);
        if (length <= 0)
            return text;
        if (text.size() > longest_reply)
            return std::nullopt;
        text.append(buffer.data(), static_cast<std::size_t>(length));
    }
    return std::nullopt;
}

} // namespace tunnel
