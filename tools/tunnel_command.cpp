#include "tunnel_command.h"

#include "base/error.h"
#include "base/text.h"
#include "netlink/kernel.h"
#include "tunnel/relay/daemon.h"
#include "tunnel/relay/network_plan.h"
#include "tunnel/relay/own_namespace.h"
#include "tunnel/relay/privileges.h"
#include "tunnel/relay/record.h"
#include "tunnel/relay/relay.h"
#include "tunnel/relay/report.h"

#include <unistd.h>

#include <cstdio>

namespace {

std::string argument_of(const std::string& option, int& i, int argc, char** argv)
{
    if (i + 1 >= argc)
        throw base::UsageError(option + " lacks its argument");
    return argv[++i];
}

void take_option(CommandLine& line, const std::string& option, int& i, int argc, char** argv)
{
    if (option == "--help" || option == "-h")
        line.help = true;
    else if (option == "--version")
        line.version = true;
    else if (option == "--json")
        line.json = true;
    else if (option == "--metrics")
        line.metrics = true;
    else if (option == "--dry-run")
        line.dry_run = true;
    else if (option == "--without-relay")
        line.without_relay = true;
    else if (option == "--domain-xml")
        line.domain_xml = argument_of(option, i, argc, argv);
    else if (option == "--socket")
        line.socket = argument_of(option, i, argc, argv);
    else if (option == "--tap")
        line.words.push_back("tap=" + argument_of(option, i, argc, argv));
    else
        throw base::UsageError("unknown option " + base::quoted(option) + ": see network-tunnel --help");
}

void warn_of_fragments(const tunnel::Status& status)
{
    if (status.fragmenting)
        std::fprintf(stderr,
            "network-tunnel: full frames of %s (mtu %u) need two packets of the underlay (mtu %u), which is "
            "slow\n",
            status.tap.c_str(), status.tap_mtu, status.underlay_mtu);
}

int run_over_tap(const CommandLine& line, const tunnel::Config& config)
{
    if (!line.program.empty())
        throw base::UsageError("a command needs a tap in its own namespace: leave out tap= and --tap");
    auto tap = tunnel::Tap::open(*config.tap);
    if (geteuid() == 0)
        tunnel::become(tunnel::find_user(config.user));
    tunnel::Relay relay(config, std::move(tap), line.socket);
    warn_of_fragments(relay.status());
    relay.run();
    return 0;
}

int run_in_namespace(const CommandLine& line, const tunnel::Config& config)
{
    tunnel::OwnNamespace inside(net::IfName::parse("tap0"), config.mtu.value_or(1500), line.program);
    tunnel::Relay relay(config, inside.take_tap(), line.socket);
    if (line.program.empty())
        std::fprintf(stderr,
            "network-tunnel: tap0 is in the namespaces of process %d: nsenter -t %d -U -n "
            "--preserve-credentials\n",
            inside.pid(), inside.pid());
    relay.run(inside.pidfd());
    return line.program.empty() || !inside.has_ended() ? 0 : inside.exit_status();
}

// As the service manager calls it: name= alone, for what start has prepared.
int run_recorded(const CommandLine& line, const std::string& name)
{
    const tunnel::Records records;
    const auto record = records.find(name);
    if (!record)
        throw base::Error("name=" + name + ": no such tunnel was started");
    auto tap = tunnel::Tap::open(record->config.tap_name());
    if (geteuid() == 0)
        tunnel::become(tunnel::find_user(record->config.user));
    tunnel::Relay relay(record->config, std::move(tap), line.socket.value_or(records.socket(name)));
    tunnel::notify_ready();
    relay.run();
    return 0;
}

int run(const CommandLine& line)
{
    if (only_name(line.words))
        return run_recorded(line, *name_in(line.words));
    const auto config = tunnel::with_own_names(tunnel::Config::parse(line.words, false), netlink::Kernel());
    return config.tap ? run_over_tap(line, config) : run_in_namespace(line, config);
}

std::string format_of(const CommandLine& line)
{
    return line.json ? "json" : line.metrics ? "metrics" : "text";
}

std::string status_of_all(const CommandLine& line)
{
    const tunnel::Records records;
    if (only_name(line.words))
        return tunnel::report(records, *name_in(line.words), format_of(line));
    if (!line.words.empty())
        throw base::UsageError("status takes nothing but name=");
    if (line.metrics && !line.json)
        return tunnel::report_metrics(records);
    std::vector<std::string> texts;
    for (const auto& name : records.names())
        texts.emplace_back(base::trim(tunnel::report(records, name, format_of(line))));
    const auto text = base::join(texts, line.json ? "," : "\n");
    return line.json ? "[" + text + "]\n" : text + (text.empty() ? "" : "\n");
}

int status(const CommandLine& line)
{
    const auto text = line.socket ? tunnel::ask(*line.socket, format_of(line)) : status_of_all(line);
    if (!text)
        throw base::Error("no relay answers at " + *line.socket);
    std::fputs(text->c_str(), stdout);
    return 0;
}

} // namespace

CommandLine CommandLine::parse(int argc, char** argv)
{
    CommandLine line;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--") {
            line.program.assign(argv + i + 1, argv + argc);
            break;
        }
        if (word.starts_with("-"))
            take_option(line, word, i, argc, argv);
        else if (word.find('=') != std::string::npos)
            line.words.push_back(word);
        else if (line.command.empty())
            line.command = word;
        else
            throw base::UsageError(
                base::quoted(word) + " is too much: " + line.command + " is the command already");
    }
    return line;
}

std::optional<std::string> name_in(const std::vector<std::string>& words)
{
    for (const auto& word : words)
        if (word.starts_with("name="))
            return tunnel::parse_name(word.substr(5));
    return std::nullopt;
}

bool only_name(const std::vector<std::string>& words)
{
    return words.size() == 1 && name_in(words);
}

int run_command(const CommandLine& line)
{
    if (line.command == "start")
        return start_tunnels(line);
    if (line.command == "stop")
        return stop_tunnels(line);
    if (line.command == "run")
        return run(line);
    if (line.command == "status")
        return status(line);
    throw base::UsageError(line.command.empty()
            ? "say what to do: start, stop, status or run"
            : base::quoted(line.command) + " is none of start, stop, status and run");
}
