// How frames become datagrams: alike and in a row, many leave in one call and the kernel cuts them (UDP GSO).
#pragma once

#include "base/unique_fd.h"
#include "tunnel/frame/wire_batch.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tunnel {

// One message for the kernel: `count` frames of `segment` bytes each, the last perhaps shorter.
struct Message {
    std::size_t first = 0; // index into the batch
    std::size_t count = 0;
    std::size_t segment = 0;

    bool operator==(const Message&) const = default;
};

// Frames longer than `longest_segment` (what fits into one packet of the underlay) go one by one; with 0 all
// do.
std::vector<Message> plan_messages(const WireBatch&, std::size_t longest_segment);

struct SendResult {
    std::size_t messages = 0; // sent
    std::size_t done = 0; // messages sent or refused; the others found the socket full
    std::size_t failed = 0; // datagrams that the kernel refused
    bool no_gso = false; // the kernel refused because of GSO: the underlay changed or cannot do it
};

// Sends messages through a connected socket until it is full. Never blocks.
SendResult send_messages(int fd, const WireBatch&, std::span<const Message>);

std::size_t frames_in(std::span<const Message>);

// One datagram, or several alike that the kernel had put together (UDP GRO).
struct Received {
    Bytes bytes = {};
    std::size_t segment = 0; // length of each datagram in it
    const void* source = nullptr; // sockaddr_storage
};

// Receives many datagrams in one call, in memory of its own.
class Receiver {
public:
    Receiver();

    // What waits, at most one batch; valid until the next call. ECONNREFUSED and its like are swallowed:
    // on a connected socket they only say that the other end was away a moment ago.
    std::span<const Received> receive(int fd);

    static constexpr std::size_t batch = 32;

private:
    struct Buffers;
    struct Free {
        void operator()(Buffers*) const;
    };
    std::unique_ptr<Buffers, Free> buffers_;
    std::vector<Received> received_;
};

} // namespace tunnel
