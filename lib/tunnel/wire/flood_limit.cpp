#include "tunnel/wire/flood_limit.h"

#include <algorithm>

namespace tunnel {

bool FloodLimit::allows(Clock::time_point now)
{
    if (per_second_ == 0)
        return true;
    const std::chrono::duration<double> passed = now - filled_;
    tokens_ = std::min(per_second_, tokens_ + passed.count() * per_second_);
    filled_ = now;
    if (tokens_ < 1)
        return false;
    tokens_ -= 1;
    return true;
}

bool FloodLimit::allows(Bytes frame, Clock::time_point now)
{
    return frame.size() < shortest_frame || !is_group(destination_of(frame)) || allows(now);
}

} // namespace tunnel
