#include "tunnel/wire/datagram_wire.h"

#include "base/error.h"
#include "tunnel/wire/group_sockets.h"
#include "tunnel/wire/socket.h"

#include <algorithm>
#include <utility>

namespace tunnel {

namespace {

std::size_t ip_and_udp(const Config& config)
{
    return config.remote.address.family == AF_INET ? 28 : 48;
}

} // namespace

DatagramWire::DatagramWire(const Config& config, Loop& loop, TapPort& tap, Counters& counters)
    : config_(config)
    , loop_(loop)
    , tap_(tap)
    , counters_(counters)
    , floods_(config.limits.floods)
    , watch_(loop, [this](const auto& deleted) { look_again(deleted); })
{
    use(open_sockets());
    rejoin_in_time();
}

DatagramWire::~DatagramWire()
{
    loop_.cancel(rejoin_);
    close();
}

DatagramWire::Sockets DatagramWire::open_sockets() const
{
    Sockets sockets;
    const bool group = config_.type == Type::mcast;
    sockets.sender = group ? open_group_sender(config_) : open_pair_socket(config_);
    sockets.own = local_end(sockets.sender.get());
    sockets.index = config_.device ? index_of(config_.device) : outgoing_index(sockets.sender.get());
    if (group)
        sockets.receiver = open_group_receiver(config_, sockets.index, sockets.own);
    return sockets;
}

void DatagramWire::use(Sockets sockets)
{
    sockets_ = std::move(sockets);
    gso_ = true;
    refresh_mtu();
    loop_.watch(sockets_->incoming(), EPOLLIN, [this](std::uint32_t events) { on_ready(events); });
}

void DatagramWire::close()
{
    if (!sockets_)
        return;
    dropped_before_ = total_dropped();
    loop_.forget(sockets_->incoming());
    loop_.forget(sockets_->sender.get());
    sockets_.reset();
    if (outgoing_.batch == nullptr)
        return;
    counters_.queue_drops += frames_in(outgoing_.rest());
    outgoing_.batch = nullptr;
    tell_of_room();
}

void DatagramWire::rejoin_in_time()
{
    if (config_.rejoin == 0)
        return;
    rejoin_ = loop_.after(std::chrono::seconds(config_.rejoin), [this] {
        if (sockets_ && !join_anew(sockets_->incoming(), config_, sockets_->index)) {
            close();
            reopen();
        }
        rejoin_in_time();
    });
}

void DatagramWire::look_again(const std::vector<unsigned>& deleted)
{
    const bool lost = sockets_ && std::find(deleted.begin(), deleted.end(), sockets_->index) != deleted.end();
    if (lost)
        close(); // even if it is back already: the membership is not
    if (sockets_ && still_good(*sockets_))
        refresh_mtu();
    else
        reopen();
}

void DatagramWire::reopen()
{
    try {
        auto sockets = open_sockets();
        if (sockets_ && sockets.index == sockets_->index && sockets.own.address == sockets_->own.address)
            return refresh_mtu();
        close();
        use(std::move(sockets));
        ++counters_.reconnects;
    } catch (const base::Error&) { // not back yet: the next change wakes us again
        close();
    }
}

// The interface is still the same one and still has our address. Only then may the membership be trusted.
bool DatagramWire::still_good(const Sockets& sockets) const
{
    if (config_.device && find_index(*config_.device) != sockets.index)
        return false;
    return config_.type == Type::udp || outgoing_index(sockets.sender.get()) == sockets.index;
}

void DatagramWire::refresh_mtu()
{
    mtu_ = path_mtu(sockets_->sender.get(), config_.remote.address.family);
    const auto overhead = ip_and_udp(config_);
    longest_packet_ = mtu_ > overhead ? mtu_ - overhead : 0;
}

bool DatagramWire::send(const WireBatch& batch)
{
    if (!sockets_) {
        counters_.unconnected += batch.frames().size();
        return true;
    }
    outgoing_.messages = plan_messages(batch, gso_ ? longest_packet_ : 0);
    outgoing_.next = 0;
    if (send_rest(batch))
        return true;
    outgoing_.batch = &batch;
    watch_for_room(true);
    return false;
}

bool DatagramWire::send_rest(const WireBatch& batch)
{
    const auto result = send_messages(sockets_->sender.get(), batch, outgoing_.rest());
    outgoing_.next += result.done;
    counters_.send_errors += result.failed;
    if (config_.type == Type::mcast && config_.loop)
        looped_ += result.messages;
    if (result.no_gso) {
        const auto before = mtu_;
        refresh_mtu();
        gso_ = mtu_ != before; // the MTU explains it, or else the interface cannot do it
    }
    return outgoing_.rest().empty();
}

void DatagramWire::watch_for_room(bool watching)
{
    const auto sender = sockets_->sender.get();
    if (!sockets_->receiver)
        loop_.change(sender, watching ? EPOLLIN | EPOLLOUT : EPOLLIN);
    else if (watching)
        loop_.watch(sender, EPOLLOUT, [this](std::uint32_t) { go_on(); });
    else
        loop_.forget(sender);
}

void DatagramWire::go_on()
{
    if (outgoing_.batch == nullptr || !send_rest(*outgoing_.batch))
        return;
    outgoing_.batch = nullptr;
    watch_for_room(false);
    tell_of_room();
}

void DatagramWire::on_ready(std::uint32_t events)
{
    if ((events & EPOLLOUT) != 0)
        go_on();
    if ((events & ~EPOLLOUT) != 0)
        receive();
}

void DatagramWire::receive()
{
    constexpr int most_rounds = 4; // then it is the tap's turn
    for (int round = 0; round < most_rounds && sockets_; ++round) {
        const auto received = receiver_.receive(sockets_->incoming());
        const auto now = Clock::now();
        for (const auto& message : received)
            take(message, now);
        tap_.flush();
        if (received.size() < Receiver::batch)
            return;
    }
}

void DatagramWire::take(const Received& message, Clock::time_point now)
{
    if (message.bytes.empty()) {
        ++counters_.empty;
        return;
    }
    SocketAddress address;
    address.storage = *static_cast<const sockaddr_storage*>(message.source);
    const auto source = address.endpoint();
    if (comes_from_us(source)) {
        ++counters_.own_filtered;
        return;
    }
    const auto frames = (message.bytes.size() + message.segment - 1) / message.segment;
    if (!config_.allows(source.address)) {
        counters_.refused += frames;
        return;
    }
    peers_.seen(source, frames, message.bytes.size(), now);
    for (auto rest = message.bytes; !rest.empty();) {
        const auto length = std::min(message.segment, rest.size());
        if (floods_.allows(rest.first(length), now))
            tap_.deliver(rest.first(length));
        else
            ++counters_.floods_limited;
        rest = rest.subspan(length);
    }
}

// The filter in the kernel has dropped these already; this is for the moment between two sockets.
bool DatagramWire::comes_from_us(const Endpoint& source) const
{
    return config_.type == Type::mcast && source == sockets_->own;
}

std::uint64_t DatagramWire::total_dropped() const
{
    return dropped_before_ + (sockets_ ? dropped_by_kernel(sockets_->incoming()) : 0);
}

// The kernel counts datagrams dropped for lack of room and those dropped by our filter together. Every
// message of ours comes back once, so what is beyond that was lost.
void DatagramWire::describe(Status& status) const
{
    const bool up = sockets_.has_value();
    const auto dropped = total_dropped();
    const auto own = std::min(looped_, dropped);
    status.counters.own_filtered += own;
    status.counters.receive_overflow = dropped - own;
    status.state = !up ? "waiting for the underlay" : config_.type == Type::mcast ? "joined" : "open";
    status.underlay = up ? name_of(sockets_->index) : "";
    status.underlay_mtu = up ? mtu_ : 0;
    const auto fitting = longest_packet_ > shortest_frame ? longest_packet_ - shortest_frame : 0;
    status.fitting_mtu = up ? static_cast<unsigned>(fitting) : 0;
    status.fragmenting = up && status.tap_mtu > status.fitting_mtu;
    status.receive_buffer = up ? receive_buffer(sockets_->incoming()) : 0;
    status.peers = peers_.list(Clock::now());
}

} // namespace tunnel
