// Which port of a switch a station was last seen on. Bounded: full is full, and those already known stay
// known.
#pragma once

#include "tunnel/frame/frame.h"
#include "tunnel/wire/clock.h"
#include "tunnel/wire/keyed_hash.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <unordered_map>

namespace tunnel {

using PortId = unsigned;

class MacTable {
public:
    // A port may have a quarter of the table, so that one hostile client cannot take it all.
    MacTable(std::size_t limit, std::chrono::seconds ageing);

    // The station is there now, even if it was elsewhere a moment ago. Group addresses are not learnt.
    void learn(MacKey station, PortId port, Clock::time_point now);

    // Where to send, or nothing if unknown or aged: then it goes everywhere.
    std::optional<PortId> find(MacKey station, Clock::time_point now) const;

    void forget(PortId port);
    std::size_t size() const { return entries_.size(); }
    std::size_t size(PortId port) const;
    std::uint64_t moves() const { return moves_; } // many of them mean a loop
    std::uint64_t refused() const { return refused_; } // stations not learnt for lack of room

private:
    struct Entry {
        PortId port = 0;
        Clock::time_point seen = {};
    };

    void add(MacKey station, PortId port, Clock::time_point now);
    void move(Entry&, PortId port);
    void drop_aged(Clock::time_point now);
    bool room_for(PortId port) const;

    std::size_t limit_;
    std::chrono::seconds ageing_;
    std::unordered_map<MacKey, Entry, KeyedHash> entries_;
    std::unordered_map<PortId, std::size_t> per_port_;
    Clock::time_point next_sweep_ = {};
    std::uint64_t moves_ = 0;
    std::uint64_t refused_ = 0;
};

} // namespace tunnel
