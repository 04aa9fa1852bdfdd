#include "tunnel/frame/framing.h"

#include <algorithm>

namespace tunnel {

std::size_t end_of_frame_at(Bytes run, std::size_t offset)
{
    std::size_t end = 0;
    while (end < offset)
        end += length_size + get32(&run[end]);
    return end;
}

bool StreamDecoder::fill(Bytes& bytes, std::size_t wanted)
{
    const auto missing = wanted - std::min(wanted, partial_.size());
    const auto taken = std::min(missing, bytes.size());
    partial_.insert(partial_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    bytes = bytes.subspan(taken);
    return taken == missing;
}

} // namespace tunnel
