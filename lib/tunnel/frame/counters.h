// What a relay counts. "In" is from the wire to the tap, "out" from the tap to the wire; a frame that was
// dropped on its way is counted there too, and again by the counter that says why.
#pragma once

#include <cstdint>

namespace tunnel {

struct Counters {
    std::uint64_t frames_in = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t frames_out = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t forwarded = 0; // server: frames from one client to another
    std::uint64_t own_filtered = 0; // mcast: own messages that came back and were dropped
    std::uint64_t empty = 0; // datagrams without a byte
    std::uint64_t runts = 0; // shorter than an Ethernet header
    std::uint64_t oversize = 0; // longer than the wire or the tap can carry
    std::uint64_t checksums_completed = 0; // frames whose checksum the guest had left to us
    std::uint64_t receive_overflow = 0; // datagrams lost because our socket was full
    std::uint64_t queue_drops = 0; // frames dropped because a peer was slow
    std::uint64_t send_errors = 0; // datagrams that the kernel would not send
    std::uint64_t tap_drops = 0; // frames that the tap did not take
    std::uint64_t unconnected = 0; // frames dropped because nobody was there
    std::uint64_t floods_limited = 0; // frames to everybody beyond the limit
    std::uint64_t protocol_errors = 0; // connections closed because the peer broke the protocol
    std::uint64_t refused = 0; // connections closed because of the limit or the allow-list
    std::uint64_t reconnects = 0; // connections or group memberships made anew
    std::uint64_t macs = 0; // server: stations known now
    std::uint64_t mac_moves = 0; // server: stations that changed their port; many mean a loop
    std::uint64_t macs_refused = 0; // server: stations not remembered for lack of room

    bool operator==(const Counters&) const = default;
};

// Calls visit(name, meaning, is_a_gauge, value) for each.
template <class Visit> void for_each_counter(const Counters& c, Visit&& visit)
{
    visit("frames_in", "Frames from the wire to the tap.", false, c.frames_in);
    visit("bytes_in", "Bytes from the wire to the tap.", false, c.bytes_in);
    visit("frames_out", "Frames from the tap to the wire.", false, c.frames_out);
    visit("bytes_out", "Bytes from the tap to the wire.", false, c.bytes_out);
    visit("forwarded", "Frames from one client to another.", false, c.forwarded);
    visit("own_filtered", "Own messages that came back and were dropped.", false, c.own_filtered);
    visit("empty", "Datagrams without a byte.", false, c.empty);
    visit("runts", "Frames shorter than an Ethernet header.", false, c.runts);
    visit("oversize", "Frames too long for the wire or the tap.", false, c.oversize);
    visit("checksums_completed", "Frames whose checksum was completed.", false, c.checksums_completed);
    visit("receive_overflow", "Datagrams lost because the socket was full.", false, c.receive_overflow);
    visit("queue_drops", "Frames dropped because a peer was slow.", false, c.queue_drops);
    visit("send_errors", "Datagrams that could not be sent.", false, c.send_errors);
    visit("tap_drops", "Frames that the tap did not take.", false, c.tap_drops);
    visit("unconnected", "Frames dropped because no peer was there.", false, c.unconnected);
    visit("floods_limited", "Frames to everybody beyond the limit.", false, c.floods_limited);
    visit("protocol_errors", "Connections closed because the peer broke the protocol.", false,
        c.protocol_errors);
    visit("refused", "Connections refused by a limit or the allow-list.", false, c.refused);
    visit("reconnects", "Connections or memberships made anew.", false, c.reconnects);
    visit("macs", "Stations known.", true, c.macs);
    visit("mac_moves", "Stations that changed their port.", false, c.mac_moves);
    visit("macs_refused", "Stations not remembered for lack of room.", false, c.macs_refused);
}

} // namespace tunnel
