#include "tunnel/switch.h"

#include <algorithm>

namespace tunnel {

Switch::Switch(const Limits& limits)
    : floods_(limits.floods)
    , macs_(limits.macs, std::chrono::seconds(limits.ageing))
{ }

PortId Switch::route(Bytes frame, PortId from, Clock::time_point now)
{
    macs_.learn(source_of(frame), from, now);
    const auto destination = destination_of(frame);
    if (!is_group(destination)) {
        if (const auto port = macs_.find(destination, now))
            return *port == from ? nobody : *port;
    }
    return may_flood(from, now) ? everybody : nobody;
}

// A bucket that holds what one second allows. The host's own guests are not limited.
bool Switch::may_flood(PortId from, Clock::time_point now)
{
    if (floods_ == 0 || from == tap)
        return true;
    auto& bucket = buckets_.try_emplace(from, Bucket{floods_, now}).first->second;
    const std::chrono::duration<double> passed = now - bucket.filled;
    bucket.tokens = std::min(floods_, bucket.tokens + passed.count() * floods_);
    bucket.filled = now;
    if (bucket.tokens < 1) {
        ++floods_limited_;
        return false;
    }
    bucket.tokens -= 1;
    return true;
}

void Switch::forget(PortId port)
{
    macs_.forget(port);
    buckets_.erase(port);
}

} // namespace tunnel
