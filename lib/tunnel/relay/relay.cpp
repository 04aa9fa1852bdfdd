#include "tunnel/relay/relay.h"

#include "base/error.h"
#include "tunnel/wire/client_wire.h"
#include "tunnel/wire/datagram_wire.h"
#include "tunnel/wire/server_wire.h"
#include "tunnel/wire/socket.h"

#include <sys/resource.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace tunnel {

namespace {

bool is_stream(const Config& config)
{
    return config.type == Type::server || config.type == Type::client;
}

std::size_t longest_frame(const Config& config)
{
    return is_stream(config) ? longest_tap_frame : longest_datagram;
}

std::unique_ptr<Wire> make_wire(const Config& config, Loop& loop, TapPort& tap, Counters& counters)
{
    switch (config.type) {
    case Type::server:
        return std::make_unique<ServerWire>(config, loop, tap, counters);
    case Type::client:
        return std::make_unique<ClientWire>(config, loop, tap, counters);
    case Type::mcast:
    case Type::udp:
        return std::make_unique<DatagramWire>(config, loop, tap, counters);
    case Type::vxlan:
        break;
    }
    throw base::UsageError("type=vxlan has no relay: the kernel does it all, use start");
}

// A thousand clients need more descriptors than many systems give at first.
void allow_many_descriptors()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

base::UniqueFd catch_signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    base::UniqueFd fd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!fd)
        throw base::SystemError(errno, "catching signals");
    return fd;
}

} // namespace

Relay::Relay(const Config& config, Tap tap, const std::optional<std::string>& status_path)
    : config_(config)
    , signals_(catch_signals())
    , tap_(std::move(tap), counters_, longest_frame(config))
    , batch_(is_stream(config))
    , wire_((allow_many_descriptors(), make_wire(config, loop_, tap_, counters_)))
    , started_(Clock::now())
{
    if (status_path)
        status_socket_.emplace(
            loop_, *status_path, [this](std::string_view format) { return print(status(), format); });
    loop_.watch(signals_.get(), EPOLLIN, [this](std::uint32_t) { loop_.stop(); });
    loop_.watch(tap_.tap().fd(), EPOLLIN, [this](std::uint32_t) { from_tap(); });
    wire_->when_room([this] { hold_tap(false); });
}

Relay::~Relay() = default;

void Relay::run(std::optional<int> until)
{
    if (until)
        loop_.watch(*until, EPOLLIN, [this](std::uint32_t) { loop_.stop(); });
    loop_.run();
}

void Relay::from_tap()
{
    batch_.clear();
    if (tap_.collect(batch_) && !batch_.frames().empty() && !wire_->send(batch_))
        hold_tap(true);
}

// While the wire is full, what the guests send waits in the tap's own queue, which is bounded. A tap that
// goes away is noticed all the same.
void Relay::hold_tap(bool waits)
{
    loop_.change(tap_.tap().fd(), waits ? 0U : std::uint32_t{EPOLLIN});
}

Status Relay::status() const
{
    Status status;
    status.config = config_;
    status.tap = tap_.tap().name().str();
    status.tap_mtu = mtu_of(status.tap);
    status.pid = getpid();
    status.uptime = std::chrono::duration<double>(Clock::now() - started_).count();
    status.counters = counters_;
    wire_->describe(status);
    return status;
}

} // namespace tunnel
