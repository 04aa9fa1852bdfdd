// network-tunnel start and stop: where the decisions of lib/tunnel meet the kernel.
#include "tunnel_command.h"

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "net/json.h"
#include "netlink/kernel.h"
#include "tunnel/config/domain_xml.h"
#include "tunnel/relay/daemon.h"
#include "tunnel/relay/network_plan.h"
#include "tunnel/relay/record.h"
#include "tunnel/relay/status_socket.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace {

constexpr const char* descriptions = "/etc/xen/tunnels/";

std::string unit_of(const std::string& name)
{
    return "dom0net-tunnel@" + name + ".service";
}

// With another user than the unit's, the relay is our own affair.
bool is_service(const tunnel::Config& config)
{
    return ::access("/run/systemd/system", F_OK) == 0 && config.user == tunnel::Config().user;
}

void systemctl(const std::string& verb, const std::string& name)
{
    if (base::run({"systemctl", verb, unit_of(name)}, {}) != 0)
        throw base::Error(
            "systemctl " + verb + " " + unit_of(name) + " failed: see journalctl -u " + unit_of(name));
}

void start_relay(const tunnel::Config& config, const tunnel::User& user, const std::string& socket)
{
    if (!config.has_relay() || tunnel::find_listener(socket))
        return;
    if (is_service(config))
        systemctl("start", config.name);
    else
        tunnel::start_daemon(config, user, socket);
}

void stop_relay(const tunnel::Config& config, const std::string& socket)
{
    if (!config.has_relay())
        return;
    if (is_service(config))
        systemctl("stop", config.name);
    tunnel::stop_daemon(socket, tunnel::find_user(config.user));
}

void print_plan(const net::Plan& plan, bool json)
{
    std::printf("%s", json ? net::to_json(plan).c_str() : to_string(plan).c_str());
}

void clear_away(const tunnel::Records& records, const tunnel::Record& record, net::Kernel& kernel)
{
    net::carry_out_anyway(tunnel::plan_stop(record.config, record.bridge_is_ours), kernel);
    records.remove(record.config.name);
}

// Bridge, tap and record, all or none of them. True if the tunnel was not there before.
bool prepare(const tunnel::Records& records, const tunnel::Record& wanted, const tunnel::User& user,
    const net::Plan& plan, net::Kernel& kernel)
{
    const auto lock = records.lock();
    const auto& config = wanted.config;
    const auto before = records.find(config.name);
    if (before && before->config != config)
        throw base::Error("name=" + config.name + " was started with other words: stop it first");
    const auto record = before.value_or(wanted);
    records.save(record, user);
    try {
        net::carry_out(plan, kernel);
    } catch (...) { // not only Error: whatever it was, nothing may be left behind
        if (!before)
            clear_away(records, record, kernel);
        throw;
    }
    return !before;
}

// True if the tunnel was not there before; if it throws, it is not there afterwards either.
bool start(const CommandLine& line, const tunnel::Config& asked)
{
    const tunnel::Records records;
    netlink::Kernel kernel;
    const auto config = tunnel::with_own_names(asked, kernel);
    const auto user = tunnel::find_user(config.user);
    const auto plan = tunnel::plan_start(config, kernel, user, tunnel::random_mac());
    if (line.dry_run)
        return print_plan(plan, line.json), false;
    const tunnel::Record record{config, !kernel.find_link(config.bridge_name())};
    const bool is_new = prepare(records, record, user, plan, kernel);
    if (line.without_relay)
        return is_new;
    try { // without the lock: the service manager calls us again
        start_relay(config, user, records.socket(config.name));
    } catch (...) {
        if (is_new)
            clear_away(records, record, kernel);
        throw;
    }
    return is_new;
}

// What was started, by its name: the words of the command line do not matter then.
void stop(const CommandLine& line, const std::string& name)
{
    const tunnel::Records records;
    const auto lock = records.lock();
    const auto record = records.find(name);
    if (!record)
        return;
    const auto plan = tunnel::plan_stop(record->config, record->bridge_is_ours);
    if (line.dry_run)
        return print_plan(plan, line.json);
    netlink::Kernel kernel;
    stop_relay(record->config, records.socket(name));
    const auto failed = net::carry_out_anyway(plan, kernel);
    if (!failed.empty())
        throw base::Error(base::join(failed, "; "));
    records.remove(name);
}

// The administrator's description counts before the record; the service manager asks for what was started.
std::vector<std::string> words_for(const std::string& name, bool as_started)
{
    const auto path = descriptions + name + ".conf";
    const auto described = tunnel::words_in_file(path);
    const auto record = tunnel::Records().find(name);
    if (described && !(as_started && record))
        return *described;
    if (record)
        return to_words(record->config);
    throw base::UsageError(
        "name=" + name + " alone needs a description in " + path + ": give type=, address= and port=");
}

std::vector<std::string> without_name(std::vector<std::string> words)
{
    std::erase_if(words, [](const std::string& word) { return word.starts_with("name="); });
    return words;
}

tunnel::Config described_tunnel(const std::vector<std::string>& words, bool as_started)
{
    if (!only_name(words))
        return tunnel::Config::parse(words, true);
    auto all = without_name(words_for(*name_in(words), as_started));
    all.push_back(words[0]);
    return tunnel::Config::parse(all, true);
}

// lab, or lab0, lab1, ... when there are several.
std::string numbered(const std::string& base, std::size_t index, std::size_t count)
{
    return count == 1 ? base : base + std::to_string(index);
}

std::vector<tunnel::Config> tunnels_of(const tunnel::DomainXml& domain, const std::vector<std::string>& words)
{
    if (domain.tunnels.empty())
        throw base::UsageError("it has no <interface> of type mcast, server, client or udp");
    const auto name = name_in(words).value_or(domain.name);
    std::vector<tunnel::Config> configs;
    for (const auto& each : domain.tunnels) {
        auto all = each.words;
        for (const auto& word : without_name(words))
            all.push_back(word);
        all.push_back("name=" + numbered(name, configs.size(), domain.tunnels.size()));
        configs.push_back(tunnel::Config::parse(all, true));
    }
    return configs;
}

std::vector<tunnel::Config> tunnels_in_file(const std::string& path, const std::vector<std::string>& words)
{
    const auto text = base::read_file(path);
    if (!text)
        throw base::UsageError(path + ": there is no such file");
    try {
        const auto domain = tunnel::parse_domain_xml(*text);
        for (const auto& sentence : domain.ignored)
            std::fprintf(stderr, "network-tunnel: %s: %s\n", path.c_str(), sentence.c_str());
        return tunnels_of(domain, words);
    } catch (const base::UsageError& error) { // the name of the file is known only here
        throw base::UsageError(path + ": " + error.what());
    }
}

} // namespace

std::vector<tunnel::Config> described_tunnels(const CommandLine& line)
{
    if (line.domain_xml)
        return tunnels_in_file(*line.domain_xml, line.words);
    return {described_tunnel(line.words, line.without_relay)};
}

int start_tunnels(const CommandLine& line)
{
    const auto configs = described_tunnels(line); // all are understood before the first is made
    std::vector<std::string> started;
    try {
        for (const auto& config : configs)
            if (start(line, config))
                started.push_back(config.name);
    } catch (...) { // the tunnels of a domain come up together or not at all
        for (const auto& name : started)
            stop(line, name);
        throw;
    }
    return 0;
}

int stop_tunnels(const CommandLine& line)
{
    if (line.domain_xml) {
        for (const auto& config : described_tunnels(line))
            stop(line, config.name);
        return 0;
    }
    const auto name = name_in(line.words);
    if (!name)
        throw base::UsageError("name= is missing: say which tunnel to stop");
    stop(line, *name);
    return 0;
}
