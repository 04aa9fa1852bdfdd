#include "tunnel/wire/server_wire.h"

#include "base/error.h"
#include "tunnel/wire/socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tunnel {

namespace {

constexpr int backlog = 128;
constexpr std::chrono::milliseconds patience(50);

base::UniqueFd listen_on(const Config& config)
{
    const auto doing = "listening on " + to_string(config.remote);
    auto fd = open_socket(config.remote.address.family, SOCK_STREAM, doing);
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1, doing);
    bind_to_device(fd.get(), config.device);
    bind_to(fd.get(), SocketAddress(config.remote, index_of(config.device)), doing);
    if (::listen(fd.get(), backlog) != 0)
        throw base::SystemError(errno, doing);
    return fd;
}

// The frames of a run with their lengths in front, given one frame.
Bytes framed(Bytes frame)
{
    return {frame.data() - length_size, frame.size() + length_size};
}

} // namespace

ServerWire::ServerWire(const Config& config, Loop& loop, TapPort& tap, Counters& counters)
    : config_(config)
    , loop_(loop)
    , tap_(tap)
    , counters_(counters)
    , switch_(config.limits)
{
    listen();
    if (config_.device)
        watch_.emplace(loop_, [this](const auto&) { look_again(); });
}

ServerWire::~ServerWire()
{
    while (!clients_.empty())
        leave(clients_.begin()->first);
    loop_.cancel(pause_);
    loop_.forget(listener_.get());
}

void ServerWire::listen()
{
    listener_ = listen_on(config_);
    index_ = index_of(config_.device);
    loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept(); });
}

// A listener is bound to one interface, and deaf on another of the same name.
void ServerWire::look_again()
{
    const auto index = find_index(*config_.device);
    if (index == index_ && listener_)
        return;
    loop_.cancel(pause_);
    loop_.forget(listener_.get());
    listener_ = {};
    try {
        listen();
        ++counters_.reconnects;
    } catch (const base::Error&) { } // its address is not back yet: the next change wakes us again
}

void ServerWire::accept()
{
    SocketAddress peer;
    base::UniqueFd fd(accept4(listener_.get(), peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd)
        admit(std::move(fd), peer.endpoint());
    else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        pause_accepting();
}

// Out of descriptors: whoever knocks must wait, or we would spin here.
void ServerWire::pause_accepting()
{
    loop_.change(listener_.get(), 0);
    pause_ = loop_.after(std::chrono::seconds(1), [this] { loop_.change(listener_.get(), EPOLLIN); });
}

bool ServerWire::welcome(const Endpoint& peer) const
{
    return clients_.size() < config_.limits.clients && config_.allows(peer.address);
}

void ServerWire::admit(base::UniqueFd fd, const Endpoint& peer)
{
    if (!welcome(peer)) {
        ++counters_.refused;
        return;
    }
    release_tap(); // V3: it is no longer alone
    const auto port = next_port_++;
    StreamLink link(std::move(fd), to_string(peer), config_.limits.queue * std::size_t(1024));
    loop_.watch(link.fd(), EPOLLIN, [this, port](std::uint32_t events) { on_ready(port, events); });
    clients_.emplace(port, Client{std::move(link)});
}

void ServerWire::on_ready(PortId port, std::uint32_t events)
{
    auto& client = clients_.at(port);
    if ((events & EPOLLOUT) != 0) {
        if (!client.link.drain())
            return leave(port);
        watch_for_room(client);
        if (!client.link.waiting()) {
            client.slow = false;
            release_tap();
        }
    }
    if ((events & ~EPOLLOUT) != 0)
        receive(port, client);
}

void ServerWire::receive(PortId port, Client& client)
{
    Run run;
    const auto now = Clock::now();
    const auto end = client.link.receive(scratch_, [&](Bytes frame) {
        take(port, frame, run, now);
        if (scratch_.holds(frame))
            return;
        forward(port, run); // it came in pieces and will not stay where it is
        tap_.flush();
    });
    forward(port, run);
    tap_.flush();
    if (end == StreamLink::End::broke_protocol)
        ++counters_.protocol_errors;
    if (end != StreamLink::End::none)
        leave(port);
    else
        watch_for_stall(port, client);
}

void ServerWire::take(PortId from, Bytes frame, Run& run, Clock::time_point now)
{
    if (frame.size() < shortest_frame) {
        ++counters_.runts;
        return;
    }
    const auto to = switch_.route(frame, from, now);
    const auto bytes = framed(frame);
    const bool follows = run.to == to && run.bytes.data() + run.bytes.size() == bytes.data();
    if (follows) {
        run.bytes = {run.bytes.data(), run.bytes.size() + bytes.size()};
    } else {
        forward(from, run);
        run = {to, bytes};
    }
    if (from == Switch::tap || to == Switch::nobody)
        return;
    if (to == Switch::tap || to == Switch::everybody)
        tap_.deliver(frame);
    if (to != Switch::tap)
        ++counters_.forwarded;
}

void ServerWire::forward(PortId from, Run& run)
{
    const auto [to, bytes] = std::exchange(run, {});
    if (to == Switch::everybody) {
        for (auto& [port, client] : clients_)
            if (port != from)
                send_to(client, bytes);
    } else if (const auto found = clients_.find(to); found != clients_.end()) {
        send_to(found->second, bytes);
    }
}

void ServerWire::send_to(Client& client, Bytes run)
{
    counters_.queue_drops += client.link.send(run);
    watch_for_room(client);
}

void ServerWire::watch_for_room(Client& client)
{
    if (client.link.waiting() == client.watching_room)
        return;
    client.watching_room = client.link.waiting();
    loop_.change(client.link.fd(), client.watching_room ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

// A frame that has begun must end in time. The timer looks at how many frames have arrived since: a busy
// client is often in the middle of one, but never long in the middle of the same.
void ServerWire::watch_for_stall(PortId port, Client& client)
{
    if (!client.link.in_frame() || client.stall != 0)
        return;
    client.stall_frame = client.link.frames_received();
    client.stall =
        loop_.after(std::chrono::seconds(config_.limits.stall), [this, port] { check_stall(port); });
}

void ServerWire::check_stall(PortId port)
{
    auto& client = clients_.at(port);
    client.stall = 0;
    if (!client.link.in_frame() || client.link.frames_received() != client.stall_frame)
        return watch_for_stall(port, client);
    ++counters_.protocol_errors;
    leave(port);
}

void ServerWire::leave(PortId port)
{
    const auto found = clients_.find(port);
    loop_.cancel(found->second.stall);
    loop_.forget(found->second.link.fd());
    clients_.erase(found);
    switch_.forget(port);
    release_tap();
}

bool ServerWire::send(const WireBatch& batch)
{
    Run run;
    const auto now = Clock::now();
    for (std::size_t i = 0; i < batch.frames().size(); ++i)
        take(Switch::tap, batch.frame(i), run, now);
    forward(Switch::tap, run);
    return !hold_tap();
}

bool ServerWire::hold_tap()
{
    if (clients_.size() != 1)
        return false;
    auto& client = clients_.begin()->second;
    if (!client.link.waiting() || client.slow)
        return false;
    patience_ = loop_.after(patience, [this, &client] {
        client.slow = true;
        release_tap();
    });
    return true;
}

void ServerWire::release_tap()
{
    if (patience_ == 0)
        return;
    loop_.cancel(std::exchange(patience_, 0));
    tell_of_room();
}

void ServerWire::describe(Status& status) const
{
    status.state = listener_ ? "listening" : "waiting for the underlay";
    status.underlay = config_.device ? config_.device->str() : "";
    status.counters.macs = switch_.macs().size();
    status.counters.mac_moves = switch_.macs().moves();
    status.counters.macs_refused = switch_.macs().refused();
    status.counters.floods_limited = switch_.floods_limited();
    for (const auto& [port, client] : clients_)
        status.peers.push_back(client.link.peer());
}

} // namespace tunnel
