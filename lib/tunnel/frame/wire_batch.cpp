#include "tunnel/frame/wire_batch.h"

#include "tunnel/frame/framing.h"

namespace tunnel {

WireBatch::WireBatch(bool framed)
    : prefix_(framed ? length_size : 0)
    , bytes_(new std::uint8_t[capacity]) // left uninitialised: pages that are not used cost nothing
{ }

std::span<std::uint8_t> WireBatch::append(std::size_t length)
{
    if (prefix_ != 0)
        put32(&bytes_[used_], static_cast<std::uint32_t>(length));
    frames_.push_back({used_ + prefix_, length});
    used_ += prefix_ + length;
    return {&bytes_[used_ - length], length};
}

void WireBatch::clear()
{
    used_ = 0;
    frames_.clear();
}

Bytes WireBatch::run(std::size_t first, std::size_t last) const
{
    if (first == last)
        return {};
    const auto begin = frames_[first].offset - prefix_;
    return {&bytes_[begin], frames_[last - 1].offset + frames_[last - 1].length - begin};
}

} // namespace tunnel
