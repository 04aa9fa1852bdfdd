// A wire of datagrams: one frame is one UDP packet and nothing else. Multicast groups and pairs of hosts.
#pragma once

#include "tunnel/frame/tap_port.h"
#include "tunnel/wire/datagrams.h"
#include "tunnel/wire/flood_limit.h"
#include "tunnel/wire/link_watch.h"
#include "tunnel/wire/loop.h"
#include "tunnel/wire/peer_table.h"
#include "tunnel/wire/wire.h"

namespace tunnel {

// W1: No empty datagram is ever sent: it would make a QEMU peer deaf for ever.
// W2: What we sent to a group never comes back to our tap.
// W3: When the interface goes and returns, the group is joined again without being asked.
// W4: When the socket is full, what waits stays where it is, and the tap waits too.
class DatagramWire : public Wire {
public:
    // Throws if the interface, address or route is missing.
    DatagramWire(const Config&, Loop&, TapPort&, Counters&);
    ~DatagramWire() override;

    bool send(const WireBatch&) override;
    void describe(Status&) const override;

private:
    struct Sockets {
        base::UniqueFd sender; // also receives for type=udp
        base::UniqueFd receiver; // multicast only
        unsigned index = 0; // of the underlay; 0 if not known
        Endpoint own = {};

        int incoming() const { return receiver ? receiver.get() : sender.get(); }
    };

    // What has not left yet: the messages of a batch from `next` on.
    struct Outgoing {
        const WireBatch* batch = nullptr; // nothing while nobody waits
        std::vector<Message> messages = {};
        std::size_t next = 0;

        std::span<const Message> rest() const { return std::span(messages).subspan(next); }
    };

    Sockets open_sockets() const;
    void use(Sockets);
    void close();
    void look_again(const std::vector<unsigned>& deleted); // interfaces or addresses have changed
    void reopen();
    bool still_good(const Sockets&) const;
    bool send_rest(const WireBatch&);
    void watch_for_room(bool);
    void go_on(); // with what waits
    void on_ready(std::uint32_t events);
    void receive();
    void take(const Received&, Clock::time_point now);
    void refresh_mtu();
    void rejoin_in_time();
    bool comes_from_us(const Endpoint& source) const;
    std::uint64_t total_dropped() const;

    Config config_;
    Loop& loop_;
    TapPort& tap_;
    Counters& counters_;
    std::optional<Sockets> sockets_; // nothing while the underlay is away
    Receiver receiver_;
    PeerTable peers_;
    FloodLimit floods_;
    Outgoing outgoing_;
    unsigned mtu_ = 0;
    std::size_t longest_packet_ = 0; // the longest frame that is one packet of the underlay
    bool gso_ = true;
    std::uint64_t looped_ = 0; // messages of ours that the kernel sent back to the group on this host
    std::uint64_t dropped_before_ = 0; // by the kernel, on sockets closed since
    Loop::Timer rejoin_ = 0;
    LinkWatch watch_;
};

} // namespace tunnel
