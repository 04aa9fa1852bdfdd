#include <nlohmann/json.hpp>

#include "tunnel/status.h"

namespace tunnel {

namespace {

nlohmann::ordered_json json(const Peer& peer)
{
    return {{"address", peer.address}, {"frames_in", peer.frames_in}, {"bytes_in", peer.bytes_in},
        {"frames_out", peer.frames_out}, {"bytes_out", peer.bytes_out}, {"queue_drops", peer.queue_drops},
        {"queued_bytes", peer.queued_bytes}, {"last_seen", peer.last_seen}};
}

nlohmann::ordered_json json(const Counters& counters)
{
    nlohmann::ordered_json object;
    for_each_counter(counters,
        [&](const char* name, const char*, bool, std::uint64_t value) { object[name] = value; });
    return object;
}

} // namespace

std::string to_json(const Status& status)
{
    auto peers = nlohmann::ordered_json::array();
    for (const auto& peer : status.peers)
        peers.push_back(json(peer));
    const nlohmann::ordered_json object {
        {"name", status.config.name},
        {"type", to_string(status.config.type)},
        {"address", to_string(status.config.remote.address)},
        {"port", status.config.remote.port},
        {"state", status.state},
        {"tap", status.tap},
        {"underlay", status.underlay},
        {"tap_mtu", status.tap_mtu},
        {"underlay_mtu", status.underlay_mtu},
        {"fragmenting", status.fragmenting},
        {"receive_buffer", status.receive_buffer},
        {"pid", status.pid},
        {"uptime", status.uptime},
        {"counters", json(status.counters)},
        {"peers", peers},
    };
    return object.dump() + "\n";
}

} // namespace tunnel
