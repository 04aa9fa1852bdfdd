#include "tunnel/wire/datagrams.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace tunnel {

namespace {

constexpr std::size_t most_segments = 64; // UDP_MAX_SEGMENTS of older kernels
constexpr std::size_t messages_per_call = 64;

struct ControlBuffer {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

void ask_for_gso(msghdr& header, ControlBuffer& control, std::size_t segment)
{
    header.msg_control = control.bytes.data();
    header.msg_controllen = CMSG_SPACE(sizeof(std::uint16_t));
    auto* const message = CMSG_FIRSTHDR(&header);
    message->cmsg_level = IPPROTO_UDP;
    message->cmsg_type = UDP_SEGMENT;
    message->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    const auto size = static_cast<std::uint16_t>(segment);
    std::memcpy(CMSG_DATA(message), &size, sizeof size);
}

// The size of the pieces that UDP GRO put together, or the whole length.
std::size_t segment_of(msghdr& header, std::size_t length)
{
    for (auto* message = CMSG_FIRSTHDR(&header); message != nullptr; message = CMSG_NXTHDR(&header, message))
        if (message->cmsg_level == IPPROTO_UDP && message->cmsg_type == UDP_GRO) {
            int size = 0;
            std::memcpy(&size, CMSG_DATA(message), sizeof size);
            return size > 0 ? static_cast<std::size_t>(size) : length;
        }
    return length;
}

// One call's worth of messages, laid out as sendmmsg wants them.
class Call {
public:
    Call(const WireBatch& batch, std::span<const Message> messages)
        : count_(messages.size())
    {
        for (std::size_t i = 0; i < count_; ++i)
            prepare(i, batch, messages[i]);
    }
    int send(int fd, std::size_t from)
    {
        return sendmmsg(
            fd, &headers_[from], static_cast<unsigned>(count_ - from), MSG_DONTWAIT | MSG_NOSIGNAL);
    }

private:
    void prepare(std::size_t i, const WireBatch& batch, const Message& message)
    {
        const auto run = batch.run(message.first, message.first + message.count);
        pieces_[i] = {const_cast<std::uint8_t*>(run.data()), run.size()};
        headers_[i] = {};
        headers_[i].msg_hdr.msg_iov = &pieces_[i];
        headers_[i].msg_hdr.msg_iovlen = 1;
        if (message.count > 1)
            ask_for_gso(headers_[i].msg_hdr, controls_[i], message.segment);
    }

    std::size_t count_;
    std::array<mmsghdr, messages_per_call> headers_;
    std::array<iovec, messages_per_call> pieces_;
    std::array<ControlBuffer, messages_per_call> controls_;
};

// A message that the kernel has no memory for (ENOBUFS) is refused like any other: nothing would tell us when
// to try again.
bool send_call(int fd, const WireBatch& batch, std::span<const Message> messages, SendResult& result)
{
    Call call(batch, messages);
    std::size_t at = 0;
    while (at < messages.size()) {
        const auto sent = call.send(fd, at);
        if (sent > 0) {
            at += static_cast<std::size_t>(sent);
            result.messages += static_cast<std::size_t>(sent);
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            const auto& refused = messages[at++];
            result.failed += refused.count;
            result.no_gso |= refused.count > 1 && (errno == EMSGSIZE || errno == EIO || errno == EINVAL);
        }
    }
    result.done += at;
    return at == messages.size();
}

} // namespace

std::vector<Message> plan_messages(const WireBatch& batch, std::size_t longest_segment)
{
    std::vector<Message> messages;
    std::size_t total = 0;
    bool open = false; // the last message can take another frame
    for (std::size_t i = 0; i < batch.frames().size(); ++i) {
        const auto length = batch.frames()[i].length;
        const bool joins = open && length <= messages.back().segment && messages.back().count < most_segments
            && total + length <= longest_datagram;
        if (joins) {
            ++messages.back().count;
            total += length;
            open = length == messages.back().segment;
        } else {
            messages.push_back({i, 1, length});
            total = length;
            open = length <= longest_segment;
        }
    }
    return messages;
}

SendResult send_messages(int fd, const WireBatch& batch, std::span<const Message> messages)
{
    SendResult result;
    for (std::size_t at = 0; at < messages.size(); at += messages_per_call) {
        const auto some = messages.subspan(at, std::min(messages_per_call, messages.size() - at));
        if (!send_call(fd, batch, some, result))
            break;
    }
    return result;
}

std::size_t frames_in(std::span<const Message> messages)
{
    std::size_t count = 0;
    for (const auto& message : messages)
        count += message.count;
    return count;
}

struct Receiver::Buffers {
    static constexpr std::size_t size = 65536;

    std::array<mmsghdr, batch> headers;
    std::array<iovec, batch> pieces;
    std::array<ControlBuffer, batch> controls;
    std::array<sockaddr_storage, batch> sources;
    std::array<std::uint8_t, batch * size> bytes;

    void prepare(std::size_t i)
    {
        pieces[i] = {&bytes[i * size], size};
        headers[i] = {};
        headers[i].msg_hdr.msg_name = &sources[i];
        headers[i].msg_hdr.msg_namelen = sizeof sources[i];
        headers[i].msg_hdr.msg_iov = &pieces[i];
        headers[i].msg_hdr.msg_iovlen = 1;
        headers[i].msg_hdr.msg_control = controls[i].bytes.data();
        headers[i].msg_hdr.msg_controllen = controls[i].bytes.size();
    }
};

void Receiver::Free::operator()(Buffers* buffers) const
{
    delete buffers;
}

Receiver::Receiver()
    : buffers_(new Buffers) // left uninitialised: pages that are not used cost nothing
{
    for (std::size_t i = 0; i < batch; ++i)
        buffers_->prepare(i);
}

std::span<const Received> Receiver::receive(int fd)
{
    for (std::size_t i = 0; i < received_.size(); ++i)
        buffers_->prepare(i); // the kernel has changed the lengths
    received_.clear();
    const auto count = recvmmsg(fd, buffers_->headers.data(), batch, MSG_DONTWAIT, nullptr);
    for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
        const std::size_t length = buffers_->headers[i].msg_len;
        received_.push_back({{static_cast<const std::uint8_t*>(buffers_->pieces[i].iov_base), length},
            segment_of(buffers_->headers[i].msg_hdr, length), &buffers_->sources[i]});
    }
    return received_;
}

} // namespace tunnel
