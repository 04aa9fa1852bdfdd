#include "base/text.h"
#include "catch.h"
#include "tunnel/wire/status.h"

#include <nlohmann/json.hpp>

#include <set>

namespace {

tunnel::Status sample()
{
    tunnel::Status status;
    status.config = tunnel::Config::parse({"name=lab", "type=mcast", "address=230.0.0.1", "port=5558"}, true);
    status.state = "joined";
    status.pid = 77;
    status.tap = "xt-lab";
    status.underlay = "eth0";
    status.tap_mtu = 1500;
    status.underlay_mtu = 1500;
    status.fitting_mtu = 1458;
    status.fragmenting = true;
    status.counters.frames_in = 7;
    status.counters.queue_drops = 3;
    tunnel::Peer peer;
    peer.address = "192.0.2.7:5558";
    peer.frames_in = 7;
    peer.last_seen = 1.25;
    status.peers = {peer};
    return status;
}

} // namespace

TEST_CASE("status as JSON holds every counter and every peer")
{
    const auto json = nlohmann::json::parse(to_json(sample()));
    CHECK(json["name"] == "lab");
    CHECK(json["type"] == "mcast");
    CHECK(json["port"] == 5558);
    CHECK(json["fragmenting"] == true);
    CHECK(json["counters"]["frames_in"] == 7);
    CHECK(json["counters"].size() == sizeof(tunnel::Counters) / sizeof(std::uint64_t));
    CHECK(json["peers"][0]["address"] == "192.0.2.7:5558");
    CHECK(json["peers"][0]["last_seen"] == 1.25);
}

TEST_CASE("status as metrics is what Prometheus reads")
{
    const auto text = to_metrics(sample());
    CHECK_THAT(text, Catch::Matchers::Contains("dom0net_tunnel_frames_in_total{tunnel=\"lab\"} 7\n"));
    CHECK_THAT(text,
        Catch::Matchers::Contains(
            "# TYPE dom0net_tunnel_peers gauge\ndom0net_tunnel_peers{tunnel=\"lab\"} 1\n"));
    std::set<std::string> names;
    for (const auto& line : base::split(text, '\n'))
        if (!line.empty() && line[0] != '#')
            CHECK(names.insert(line.substr(0, line.find(' '))).second);
    CHECK(names.size() == 3 + sizeof(tunnel::Counters) / sizeof(std::uint64_t));
}

TEST_CASE("of a relay that does not run, there is no counter that would seem to begin anew")
{
    auto status = sample();
    status.pid = 0;
    const auto text = to_metrics(status);
    CHECK_THAT(text, Catch::Matchers::Contains("dom0net_tunnel_up{tunnel=\"lab\"} 0\n"));
    CHECK_THAT(text, !Catch::Matchers::Contains("_total"));
}

TEST_CASE("status for people says what is wrong, and the cure")
{
    const auto text = to_text(sample());
    CHECK_THAT(text, Catch::Matchers::StartsWith("lab: mcast 230.0.0.1:5558 on eth0, joined"));
    CHECK_THAT(text, Catch::Matchers::Contains("mtu=1458 avoids it"));
    CHECK_THAT(text, Catch::Matchers::Contains("peer 192.0.2.7:5558: 7 frames in"));
    CHECK_THAT(text, Catch::Matchers::Contains("queue_drops 3"));
}

TEST_CASE("the metrics of several tunnels say each meaning once, with its samples behind it")
{
    auto other = sample();
    other.config.name = "hub";
    const auto text = tunnel::join_metrics({to_metrics(sample()), to_metrics(other)});
    CHECK_THAT(text,
        Catch::Matchers::Contains(
            "# HELP dom0net_tunnel_peers Peers known.\n# TYPE dom0net_tunnel_peers gauge\n"
            "dom0net_tunnel_peers{tunnel=\"lab\"} 1\ndom0net_tunnel_peers{tunnel=\"hub\"} 1\n"));
    std::set<std::string> comments;
    for (const auto& line : base::split(text, '\n'))
        if (!line.empty() && line[0] == '#')
            CHECK(comments.insert(line).second);
    CHECK(tunnel::join_metrics({}).empty());
}
