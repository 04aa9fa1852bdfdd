// What a relay tells about itself: one value, printed in three ways.
#pragma once

#include "tunnel/config/config.h"
#include "tunnel/frame/counters.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tunnel {

struct Peer {
    std::string address;
    std::uint64_t frames_in = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t frames_out = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t queue_drops = 0;
    std::uint64_t queued_bytes = 0;
    double last_seen = -1; // seconds ago; negative if never
};

struct Status {
    Config config;
    std::string state; // "joined", "listening", "connected", "connecting", "waiting for eth1"
    std::string tap;
    std::string underlay; // the interface in use, "" if the routing table decides
    unsigned tap_mtu = 0;
    unsigned underlay_mtu = 0; // 0 if not known
    unsigned fitting_mtu = 0; // of the tap, so that full frames fit into one packet; 0 if there is no limit
    bool fragmenting = false; // full frames do not fit into one packet of the underlay
    unsigned receive_buffer = 0; // bytes the kernel granted to the socket; 0 for TCP
    int pid = 0;
    double uptime = 0; // seconds
    Counters counters;
    std::vector<Peer> peers;
};

std::string to_text(const Status&); // for people
std::string to_json(const Status&); // one object, one line
std::string to_metrics(const Status&); // Prometheus text format

// Metrics of several tunnels as one text: each metric with its meaning once, as Prometheus insists.
std::string join_metrics(const std::vector<std::string>& texts);

// The status in the format named "text", "json" or "metrics"; text for any other word.
std::string print(const Status&, std::string_view format);

} // namespace tunnel
