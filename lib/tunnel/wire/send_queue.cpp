#include "tunnel/wire/send_queue.h"

#include <utility>

namespace tunnel {

Dropped SendQueue::add(Bytes run, std::size_t sent)
{
    auto at = end_of_frame_at(run, sent);
    append(run.subspan(sent, at - sent)); // has begun to leave, so it must go on
    Dropped dropped;
    while (at < run.size()) {
        const auto length = length_size + get32(&run[at]);
        if (size() + length <= limit_) {
            append(run.subspan(at, length));
        } else {
            ++dropped.frames;
            dropped.bytes += length;
        }
        at += length;
    }
    return dropped;
}

void SendQueue::append(Bytes bytes)
{
    if (begin_ > bytes_.size() / 2) { // reuse the room in front before asking for more
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
        begin_ = 0;
    }
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void SendQueue::took(std::size_t count)
{
    begin_ += count;
    if (empty())
        clear();
}

void SendQueue::clear()
{
    std::vector<std::uint8_t>().swap(bytes_);
    begin_ = 0;
}

} // namespace tunnel
