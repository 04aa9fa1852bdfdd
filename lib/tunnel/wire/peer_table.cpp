#include "tunnel/wire/peer_table.h"

#include <algorithm>

namespace tunnel {

void PeerTable::seen(const Endpoint& source, std::size_t frames, std::size_t bytes, Clock::time_point now)
{
    if (entries_.size() >= limit && !entries_.contains(source))
        make_room();
    auto& entry = entries_[source];
    entry.frames += frames;
    entry.bytes += bytes;
    entry.seen = now;
}

void PeerTable::make_room()
{
    entries_.erase(std::min_element(entries_.begin(), entries_.end(),
        [](const auto& a, const auto& b) { return a.second.seen < b.second.seen; }));
}

std::vector<Peer> PeerTable::list(Clock::time_point now) const
{
    std::vector<Peer> peers;
    for (const auto& [endpoint, entry] : entries_) {
        Peer peer;
        peer.address = to_string(endpoint);
        peer.frames_in = entry.frames;
        peer.bytes_in = entry.bytes;
        peer.last_seen = std::chrono::duration<double>(now - entry.seen).count();
        peers.push_back(peer);
    }
    return peers;
}

} // namespace tunnel
