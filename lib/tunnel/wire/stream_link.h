// One TCP connection of a server or client: frames with their length in front, both ways.
#pragma once

#include "tunnel/frame/framing.h"
#include "tunnel/wire/loop.h"
#include "tunnel/wire/send_queue.h"
#include "tunnel/wire/status.h"

#include <functional>
#include <memory>
#include <string>

namespace tunnel {

// Memory that one recv() fills; shared by all links of a relay, since only one is read at a time.
class Scratch {
public:
    static constexpr std::size_t size = 256 * 1024;

    Scratch()
        : bytes_(new std::uint8_t[size])
    { }
    std::uint8_t* data() { return bytes_.get(); }
    bool holds(Bytes frame) const
    {
        return frame.data() >= bytes_.get() && frame.data() < bytes_.get() + size;
    }

private:
    std::unique_ptr<std::uint8_t[]> bytes_;
};

// L1: A frame that has begun to leave leaves whole (SendQueue Q1).
// L2: Nothing that the peer does makes it hold more than the queue's limit and one frame each way.
class StreamLink {
public:
    enum class End { none, closed, broke_protocol };

    // A connected socket. Sets keepalive and no-delay.
    StreamLink(base::UniqueFd, std::string peer, std::size_t queue_limit);

    // A run of framed frames. What the peer does not take now waits; what finds no room is dropped.
    // Returns how many frames were dropped.
    std::size_t send(Bytes run);

    // Reads once, and gives each whole frame to the sink: see StreamDecoder::feed().
    template <class Sink> End receive(Scratch& scratch, Sink&& sink);

    // Goes on sending what waits. False when the connection is gone.
    bool drain();

    int fd() const { return fd_.get(); }
    bool waiting() const { return !queue_.empty(); }
    std::size_t queued() const { return queue_.size(); }
    bool in_frame() const { return decoder_.in_frame(); }
    std::uint64_t frames_received() const { return peer_.frames_in; }
    Peer peer() const; // for the status

private:
    std::ptrdiff_t read_into(Scratch&);
    std::ptrdiff_t write_some(Bytes);

    base::UniqueFd fd_;
    Peer peer_;
    StreamDecoder decoder_;
    SendQueue queue_;
    Clock::time_point seen_;
};

template <class Sink> StreamLink::End StreamLink::receive(Scratch& scratch, Sink&& sink)
{
    const auto length = read_into(scratch);
    if (length == 0)
        return End::closed;
    if (length < 0)
        return End::none;
    const auto counted = [&](Bytes frame) {
        ++peer_.frames_in;
        peer_.bytes_in += frame.size();
        sink(frame);
    };
    const Bytes arrived(scratch.data(), static_cast<std::size_t>(length));
    return decoder_.feed(arrived, counted) ? End::none : End::broke_protocol;
}

} // namespace tunnel
