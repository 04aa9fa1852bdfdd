#include "tunnel/wire/stream_link.h"

#include "tunnel/wire/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tunnel {

namespace {

// A peer that has died without a word is noticed after idle + count * interval, or when it has not
// acknowledged for user_timeout_ms.
constexpr int idle_s = 5;
constexpr int interval_s = 3;
constexpr int count = 3;
constexpr int user_timeout_ms = 15000;

void keep_alive(int fd)
{
    try_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    try_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle_s);
    try_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval_s);
    try_option(fd, IPPROTO_TCP, TCP_KEEPCNT, count);
    try_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, user_timeout_ms);
}

bool is_transient(int code)
{
    return code == EAGAIN || code == EINTR;
}

std::size_t frames_in(Bytes run)
{
    std::size_t frames = 0;
    for (std::size_t at = 0; at < run.size(); at += length_size + get32(&run[at]))
        ++frames;
    return frames;
}

} // namespace

StreamLink::StreamLink(base::UniqueFd fd, std::string peer, std::size_t queue_limit)
    : fd_(std::move(fd))
    , queue_(queue_limit)
    , seen_(Clock::now())
{
    peer_.address = std::move(peer);
    try_option(fd_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    keep_alive(fd_.get());
}

std::size_t StreamLink::send(Bytes run)
{
    std::size_t sent = 0;
    if (queue_.empty())
        sent = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, write_some(run)));
    const auto dropped = sent == run.size() ? Dropped() : queue_.add(run, sent);
    const auto frames = frames_in(run) - dropped.frames;
    peer_.queue_drops += dropped.frames;
    peer_.frames_out += frames;
    peer_.bytes_out += run.size() - dropped.bytes - frames * length_size;
    return dropped.frames;
}

bool StreamLink::drain()
{
    while (!queue_.empty()) {
        const auto sent = write_some(queue_.waiting());
        if (sent < 0)
            return is_transient(errno);
        queue_.took(static_cast<std::size_t>(sent));
    }
    return true;
}

std::ptrdiff_t StreamLink::write_some(Bytes bytes)
{
    return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

// -1 when there is nothing to read now, 0 when there never will be again.
std::ptrdiff_t StreamLink::read_into(Scratch& scratch)
{
    const auto length = recv(fd_.get(), scratch.data(), Scratch::size, MSG_DONTWAIT);
    if (length > 0)
        seen_ = Clock::now();
    return length < 0 && !is_transient(errno) ? 0 : length;
}

Peer StreamLink::peer() const
{
    Peer peer = peer_;
    peer.queued_bytes = queue_.size();
    peer.last_seen = std::chrono::duration<double>(Clock::now() - seen_).count();
    return peer;
}

} // namespace tunnel
