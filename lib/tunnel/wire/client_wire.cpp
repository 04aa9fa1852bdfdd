#include "tunnel/wire/client_wire.h"

#include "base/error.h"
#include "tunnel/wire/socket.h"

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

namespace tunnel {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_backoff(100);
constexpr milliseconds longest_backoff(1200); // a server that returns has its clients back in two seconds
constexpr milliseconds patience(2000); // with a host that does not answer at all

// A quarter more or less, so that fifty clients do not knock at the same instant.
milliseconds jittered(milliseconds delay)
{
    static std::minstd_rand random(std::random_device{}());
    return delay * std::uniform_int_distribution<int>(75, 125)(random) / 100;
}

int pending_error(int fd)
{
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error;
}

} // namespace

ClientWire::ClientWire(const Config& config, Loop& loop, TapPort& tap, Counters& counters)
    : config_(config)
    , loop_(loop)
    , tap_(tap)
    , counters_(counters)
    , floods_(config.limits.floods)
    , backoff_(first_backoff)
{
    index_of(config_.device); // a wrong dev= is said at once; one that goes later is waited for
    connect();
}

ClientWire::~ClientWire()
{
    loop_.cancel(timer_);
    if (link_)
        loop_.forget(link_->fd());
    if (connecting_)
        loop_.forget(connecting_.get());
}

void ClientWire::connect()
{
    try {
        const auto doing = "connecting to " + to_string(config_.remote);
        connecting_ = open_socket(config_.remote.address.family, SOCK_STREAM, doing);
        bind_to_device(connecting_.get(), config_.device);
        const SocketAddress address(config_.remote, index_of(config_.device));
        if (::connect(connecting_.get(), address.get(), address.length) != 0 && errno != EINPROGRESS)
            throw base::SystemError(errno, doing);
    } catch (const base::Error&) { // no route or no interface now: that may change
        connecting_ = {};
        return retry();
    }
    loop_.watch(connecting_.get(), EPOLLOUT, [this](std::uint32_t) { on_connecting(); });
    timer_ = loop_.after(patience, [this] {
        loop_.forget(connecting_.get());
        connecting_ = {};
        retry();
    });
}

void ClientWire::on_connecting()
{
    loop_.cancel(timer_);
    loop_.forget(connecting_.get());
    if (pending_error(connecting_.get()) == 0)
        return established();
    connecting_ = {};
    retry();
}

void ClientWire::established()
{
    link_ = std::make_unique<StreamLink>(
        std::exchange(connecting_, {}), to_string(config_.remote), WireBatch::capacity);
    backoff_ = first_backoff;
    if (std::exchange(was_connected_, true))
        ++counters_.reconnects;
    loop_.watch(link_->fd(), EPOLLIN, [this](std::uint32_t events) { on_ready(events); });
}

void ClientWire::retry()
{
    timer_ = loop_.after(jittered(backoff_), [this] { connect(); });
    backoff_ = std::min(backoff_ * 2, longest_backoff);
}

void ClientWire::on_ready(std::uint32_t events)
{
    if ((events & EPOLLOUT) != 0 && !link_->drain())
        return lost();
    if (holding_ && !link_->waiting())
        hold(false);
    if ((events & ~EPOLLOUT) != 0)
        receive();
}

void ClientWire::receive()
{
    const auto now = Clock::now();
    const auto end = link_->receive(scratch_, [this, now](Bytes frame) { take(frame, now); });
    tap_.flush();
    if (end == StreamLink::End::broke_protocol)
        ++counters_.protocol_errors;
    if (end != StreamLink::End::none)
        lost();
}

void ClientWire::take(Bytes frame, Clock::time_point now)
{
    if (!floods_.allows(frame, now)) {
        ++counters_.floods_limited;
        return;
    }
    tap_.deliver(frame);
    if (!scratch_.holds(frame))
        tap_.flush(); // it came in pieces and will not stay where it is
}

void ClientWire::lost()
{
    loop_.forget(link_->fd());
    link_.reset();
    if (holding_)
        hold(false);
    retry();
}

// The tap, while the server does not take what was sent.
void ClientWire::hold(bool holding)
{
    holding_ = holding;
    if (link_)
        loop_.change(link_->fd(), holding ? EPOLLIN | EPOLLOUT : EPOLLIN);
    if (!holding)
        tell_of_room();
}

bool ClientWire::send(const WireBatch& batch)
{
    if (!link_) {
        counters_.unconnected += batch.frames().size();
        return true;
    }
    counters_.queue_drops += link_->send(batch.run(0, batch.frames().size()));
    if (link_->waiting())
        hold(true);
    return !holding_;
}

void ClientWire::describe(Status& status) const
{
    status.state = link_ ? "connected" : "connecting";
    status.underlay = config_.device ? config_.device->str() : "";
    if (link_)
        status.peers = {link_->peer()};
}

} // namespace tunnel
