#include "tunnel/wire/switch.h"

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

bool Switch::may_flood(PortId from, Clock::time_point now)
{
    if (from == tap && !suspects_loop(now))
        return true;
    const bool may = flood_limits_.try_emplace(from, floods_).first->second.allows(now);
    floods_limited_ += may ? 0 : 1;
    return may;
}

// Judged once a second, by the second before. A guest that migrates moves once.
bool Switch::suspects_loop(Clock::time_point now)
{
    constexpr std::uint64_t most_moves = 10;
    if (now - counting_since_ < std::chrono::seconds(1))
        return looping_;
    looping_ = macs_.moves() - moves_before_ > most_moves;
    moves_before_ = macs_.moves();
    counting_since_ = now;
    return looping_;
}

void Switch::forget(PortId port)
{
    last_ = {};
    macs_.forget(port);
    flood_limits_.erase(port);
}

} // namespace tunnel
