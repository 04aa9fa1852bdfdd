// A wire of datagrams: one frame is one UDP packet and nothing else. Multicast groups and pairs of hosts.
#pragma once

#include "tunnel/datagrams.h"
#include "tunnel/link_watch.h"
#include "tunnel/loop.h"
#include "tunnel/peer_table.h"
#include "tunnel/tap_port.h"
#include "tunnel/wire.h"

namespace tunnel {

// W1: No empty datagram is ever sent: it would make a QEMU peer deaf for ever.
// W2: What we sent to a group never comes back to our tap.
// W3: When the interface goes and returns, the group is joined again without being asked.
class DatagramWire : public Wire {
public:
    // Throws if the interface, address or route is missing.
    DatagramWire(const Config&, Loop&, TapPort&, Counters&);
    ~DatagramWire() override;

    void send(const WireBatch&) override;
    void describe(Status&) const override;

private:
    struct Sockets {
        base::UniqueFd sender; // also receives for type=udp
        base::UniqueFd receiver; // multicast only
        unsigned index = 0; // of the underlay; 0 if not known
        Endpoint own = {};

        int incoming() const { return receiver ? receiver.get() : sender.get(); }
    };

    Sockets open_sockets() const;
    void use(Sockets);
    void close();
    void look_again(const std::vector<unsigned>& deleted); // interfaces or addresses have changed
    void reopen();
    bool still_good(const Sockets&) const;
    void receive();
    void take(const Received&);
    void refresh_mtu();
    bool comes_from_us(const Endpoint& source) const;
    std::uint64_t total_dropped() const;

    Config config_;
    Loop& loop_;
    TapPort& tap_;
    Counters& counters_;
    std::optional<Sockets> sockets_; // nothing while the underlay is away
    Receiver receiver_;
    PeerTable peers_;
    unsigned mtu_ = 0;
    std::size_t longest_packet_ = 0; // the longest frame that is one packet of the underlay
    bool gso_ = true;
    std::uint64_t looped_ = 0; // messages of ours that the kernel sent back to the group on this host
    std::uint64_t dropped_before_ = 0; // by the kernel, on sockets closed since
    LinkWatch watch_;
};

} // namespace tunnel
