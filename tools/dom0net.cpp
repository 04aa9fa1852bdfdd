#include "bridge_tool.h"
#include "dom0net_adoption.h"
#include "dom0net_boot.h"
#include "dom0net_filter.h"
#include "tool.h"
#include "tunnel/relay/report.h"

namespace {

constexpr const char* footer = R"(
Examples:
  dom0net status                what there is
  dom0net confirm               keep what "network-bridge start --confirm" did
  dom0net rollback              back to the state before network-bridge
  dom0net drops --vif vif5.0    what the guest's filter has dropped, by reason
  dom0net repair                after somebody flushed the rules of nftables

Exit status: 0 done, 1 failed, 2 used wrongly. See dom0net(8).)";

struct CommandLine {
    std::string bridge = {};
    bool json = false;
    xen::BridgeOptions options = {};
};

std::optional<net::IfName> chosen(const CommandLine& line, const net::KernelView& kernel)
{
    if (line.bridge.empty())
        return std::nullopt;
    return net::own_name(kernel, net::DeviceName::parse(line.bridge));
}

CLI::App* add_verb(CLI::App& app, CommandLine& line, const std::string& name, const std::string& summary)
{
    auto* const verb = app.add_subcommand(name, summary);
    verb->add_option("bridge", line.bridge, "the bridge (default: all)");
    return verb;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("The front door to the network of a Xen host", "dom0net");
    CommandLine line;
    app.set_version_flag("--version", "dom0net " DOM0NET_VERSION);
    app.require_subcommand(1);
    app.footer(footer);
    auto* const status = add_verb(app, line, "status", "Show the bridges, their ports, addresses and routes");
    status->add_flag("--json", line.json, "print JSON");
    auto* const rollback =
        add_verb(app, line, "rollback", "Put the host back to the state before network-bridge start");
    rollback->add_flag("--dry-run", line.options.dry_run, "print what would be done, and do nothing");
    auto* const confirm = add_verb(app, line, "confirm", "Keep what network-bridge start --confirm did");
    auto* const metrics =
        app.add_subcommand("metrics", "Print the counters of all tunnels in Prometheus's text format");
    const tool::FilterVerbs filter(app);
    const tool::AdoptionVerbs adoption(app);
    const tool::BootVerbs boot(app);
    return tool::run(app, argc, argv, [&](base::Log& log) {
        if (adoption.run(log) || boot.run(log))
            return;
        filter.run(log);
        if (metrics->parsed())
            return tool::print(tunnel::report_metrics(tunnel::Records()));
        tool::BridgeTool tool;
        if (status->parsed())
            tool::print(tool.bridge.status({.bridge = chosen(line, tool.kernel)}, line.json));
        else if (rollback->parsed())
            tool::tell(tool.bridge.roll_back(chosen(line, tool.kernel), line.options), log);
        else if (confirm->parsed())
            tool::tell(tool.bridge.confirm(chosen(line, tool.kernel)), log);
        else
            return;
        tool.need_all();
    });
}
