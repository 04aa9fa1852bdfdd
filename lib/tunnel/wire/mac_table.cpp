#include "tunnel/wire/mac_table.h"

#include <algorithm>

namespace tunnel {

MacTable::MacTable(std::size_t limit, std::chrono::seconds ageing)
    : limit_(limit)
    , ageing_(ageing)
{ }

void MacTable::learn(MacKey station, PortId port, Clock::time_point now)
{
    if (is_group(station))
        return;
    const auto found = entries_.find(station);
    if (found == entries_.end())
        return add(station, port, now);
    found->second.seen = now;
    if (found->second.port != port)
        move(found->second, port);
}

void MacTable::add(MacKey station, PortId port, Clock::time_point now)
{
    if (!room_for(port) && now >= next_sweep_)
        drop_aged(now);
    if (!room_for(port)) {
        ++refused_;
        return;
    }
    entries_.emplace(station, Entry{port, now});
    ++per_port_[port];
}

void MacTable::move(Entry& entry, PortId port)
{
    --per_port_[entry.port];
    ++per_port_[port];
    entry.port = port;
    ++moves_;
}

bool MacTable::room_for(PortId port) const
{
    return entries_.size() < limit_ && size(port) < std::max<std::size_t>(1, limit_ / 4);
}

std::optional<PortId> MacTable::find(MacKey station, Clock::time_point now) const
{
    const auto found = entries_.find(station);
    if (found == entries_.end() || now - found->second.seen > ageing_)
        return std::nullopt;
    return found->second.port;
}

void MacTable::forget(PortId port)
{
    std::erase_if(entries_, [port](const auto& entry) { return entry.second.port == port; });
    per_port_.erase(port);
}

std::size_t MacTable::size(PortId port) const
{
    const auto found = per_port_.find(port);
    return found == per_port_.end() ? 0 : found->second;
}

// At most once a second, or a flood of made-up stations would keep us sweeping.
void MacTable::drop_aged(Clock::time_point now)
{
    next_sweep_ = now + std::chrono::seconds(1);
    std::erase_if(entries_, [&](const auto& entry) {
        const bool aged = now - entry.second.seen > ageing_;
        if (aged)
            --per_port_[entry.second.port];
        return aged;
    });
}

} // namespace tunnel
