#include "base/text.h"
#include "tunnel/wire/status.h"

#include <array>
#include <cstdio>
#include <map>

namespace tunnel {

namespace {

std::string seconds(double value)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f s", value);
    return text.data();
}

std::string where(const Status& status)
{
    std::string text = std::string(to_string(status.config.type)) + " " + to_string(status.config.remote);
    if (!status.underlay.empty())
        text += " on " + status.underlay;
    return text;
}

std::string fragments(const Status& status)
{
    if (!status.fragmenting)
        return {};
    return "  fragmenting: full frames of " + status.tap + " (mtu " + std::to_string(status.tap_mtu)
        + ") need two packets of the underlay (mtu " + std::to_string(status.underlay_mtu)
        + "); mtu=" + std::to_string(status.fitting_mtu) + " avoids it\n";
}

std::string line(const Peer& peer)
{
    std::string text = "  peer " + peer.address + ": " + std::to_string(peer.frames_in) + " frames in, "
        + std::to_string(peer.frames_out) + " out, last seen " + seconds(peer.last_seen) + " ago";
    if (peer.queue_drops != 0)
        text += ", " + std::to_string(peer.queue_drops) + " dropped because it is slow";
    return text + "\n";
}

// Label values of the Prometheus text format.
std::string escaped(const std::string& text)
{
    std::string result;
    for (const char c : text) {
        if (c == '\\' || c == '"')
            result += '\\';
        result += c;
    }
    return result;
}

} // namespace

std::string to_text(const Status& status)
{
    std::string text = status.config.name.empty() ? status.tap : status.config.name;
    text += ": " + where(status) + ", " + status.state + ", tap " + status.tap;
    if (status.pid != 0)
        text += ", pid " + std::to_string(status.pid) + ", up " + seconds(status.uptime);
    text += "\n" + fragments(status);
    for (const auto& peer : status.peers)
        text += line(peer);
    for_each_counter(status.counters, [&](const char* name, const char*, bool, std::uint64_t value) {
        if (value != 0)
            text += "  " + std::string(name) + " " + std::to_string(value) + "\n";
    });
    return text;
}

std::string to_metrics(const Status& status)
{
    const auto tunnel = "{tunnel=\"" + escaped(status.config.name) + "\"} ";
    std::string text;
    const auto add = [&](const std::string& name, const std::string& meaning, bool gauge,
                         std::uint64_t value) {
        const auto metric = "dom0net_tunnel_" + name + (gauge ? "" : "_total");
        text += "# HELP " + metric + " " + meaning + "\n# TYPE " + metric
            + (gauge ? " gauge\n" : " counter\n") + metric + tunnel + std::to_string(value) + "\n";
    };
    const bool in_kernel = !status.config.has_relay() && status.tap_mtu != 0; // without the interface it is 0
    add("up", "1 if the relay runs, or the kernel does its work.", true,
        status.pid != 0 || in_kernel ? 1 : 0);
    if (status.pid == 0) // a counter that goes back to 0 would look like one that began anew
        return text;
    add("peers", "Peers known.", true, status.peers.size());
    add("fragmenting", "1 if full frames need two packets of the underlay.", true,
        status.fragmenting ? 1 : 0);
    for_each_counter(status.counters, add);
    return text;
}

std::string join_metrics(const std::vector<std::string>& texts)
{
    std::vector<std::string> order;
    std::map<std::string, std::string> metrics; // by name: meaning, type and samples
    for (const auto& text : texts)
        for (const auto& line : base::split(text, '\n')) {
            const bool comment = line.starts_with("# ");
            const auto words = base::words(line);
            if (words.size() < 2)
                continue;
            const auto name = comment ? words.at(2) : line.substr(0, line.find('{'));
            auto& metric = metrics[name];
            if (metric.empty())
                order.push_back(name);
            if (!comment || metric.find(line + "\n") == std::string::npos)
                metric += line + "\n";
        }
    std::string joined;
    for (const auto& name : order)
        joined += metrics[name];
    return joined;
}

std::string print(const Status& status, std::string_view format)
{
    if (format == "json")
        return to_json(status);
    if (format == "metrics")
        return to_metrics(status);
    return to_text(status);
}

} // namespace tunnel
