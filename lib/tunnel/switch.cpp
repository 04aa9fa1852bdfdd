#include "tunnel/switch.h"

#include <algorithm>

namespace tunnel {

Switch::Switch(const Limits& limits)
    : floods_(limits.floods)
    , macs_(limits.macs, std::chrono::seconds(limits.ageing))
{ }

PortId Switch::route(Bytes frame, PortId from, Clock::time_point now)
{
    const auto source = source_of(frame);
    const auto destination = destination_of(frame);
    if (last_.to == destination && last_.source == source && last_.from == from && last_.when == now)
        return last_.port;
    macs_.learn(source, from, now);
    last_ = {};
    const auto port = is_group(destination) ? std::nullopt : macs_.find(destination, now);
    if (!port)
        return may_flood(from, now) ? everybody : nobody;
    last_ = {destination, source, from, *port == from ? nobody : *port, now};
    return last_.port;
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
    last_ = {};
    macs_.forget(port);
    buckets_.erase(port);
}

} // namespace tunnel
