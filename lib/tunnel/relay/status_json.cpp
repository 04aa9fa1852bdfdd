// A few fixed fields of numbers and short texts: written by hand, so that a relay carries no JSON library.
#include "tunnel/wire/status.h"

#include <array>
#include <cstdio>

namespace tunnel {

namespace {

std::string quoted_json(const std::string& text)
{
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            result += ' '; // none of our texts has any
        else
            result += c;
    }
    return result + "\"";
}

// One JSON object under construction.
class Object {
public:
    Object& add(const char* name, const std::string& text) { return add_raw(name, quoted_json(text)); }
    Object& add(const char* name, std::uint64_t number) { return add_raw(name, std::to_string(number)); }
    Object& add_seconds(const char* name, double seconds)
    {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.3f", seconds);
        return add_raw(name, text.data());
    }
    Object& add_raw(const char* name, const std::string& json)
    {
        text_ += (text_.empty() ? "" : ",") + quoted_json(name) + ":" + json;
        return *this;
    }
    std::string str() const { return "{" + text_ + "}"; }

private:
    std::string text_;
};

std::string json(const Peer& peer)
{
    return Object()
        .add("address", peer.address)
        .add("frames_in", peer.frames_in)
        .add("bytes_in", peer.bytes_in)
        .add("frames_out", peer.frames_out)
        .add("bytes_out", peer.bytes_out)
        .add("queue_drops", peer.queue_drops)
        .add("queued_bytes", peer.queued_bytes)
        .add_seconds("last_seen", peer.last_seen)
        .str();
}

std::string json(const Counters& counters)
{
    Object object;
    for_each_counter(
        counters, [&](const char* name, const char*, bool, std::uint64_t value) { object.add(name, value); });
    return object.str();
}

std::string json(const std::vector<Peer>& peers)
{
    std::string text;
    for (const auto& peer : peers)
        text += (text.empty() ? "" : ",") + json(peer);
    return "[" + text + "]";
}

} // namespace

std::string to_json(const Status& status)
{
    const auto object = Object()
                            .add("name", status.config.name)
                            .add("type", std::string(to_string(status.config.type)))
                            .add("address", to_string(status.config.remote.address))
                            .add("port", status.config.remote.port)
                            .add("state", status.state)
                            .add("tap", status.tap)
                            .add("underlay", status.underlay)
                            .add("tap_mtu", status.tap_mtu)
                            .add("underlay_mtu", status.underlay_mtu)
                            .add_raw("fragmenting", status.fragmenting ? "true" : "false")
                            .add("receive_buffer", status.receive_buffer)
                            .add("pid", static_cast<std::uint64_t>(status.pid))
                            .add_seconds("uptime", status.uptime)
                            .add_raw("counters", json(status.counters))
                            .add_raw("peers", json(status.peers));
    return object.str() + "\n";
}

} // namespace tunnel
