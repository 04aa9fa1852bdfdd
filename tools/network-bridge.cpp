#include "base/error.h"
#include "base/text.h"
#include "bridge_tool.h"
#include "tool.h"
#include "xen/bridge/report.h"

#include <cstdlib>

namespace {

constexpr const char* summary =
    "Puts the host's network card onto a bridge, with all that is on it, and takes it back";

constexpr const char* footer = R"(
Commands:
  start     make the bridge and move the card's addresses and routes onto it
  stop      give everything back and delete the bridge
  status    show what there is

Words:
  netdev=NAME      the network card; default: the one of the default route
  bridge=NAME      the bridge; default: xenbrN for ethN, else xenbr0; null: do nothing
  vifnum=N         ethN and xenbrN
  antispoof=yes    only guests' ports that vif-bridge brought online may send (default: no)

Examples:
  network-bridge start
  network-bridge start netdev=enp3s0 bridge=xenbr0 --confirm 60 && dom0net confirm
  network-bridge --dry-run stop

Exit status: 0 done, 1 failed (the host is as before), 2 used wrongly. See network-bridge(8).)";

struct CommandLine {
    std::vector<std::string> words = {};
    int confirm = 0;
    xen::BridgeOptions options = {};
};

void add_options(CLI::App& app, CommandLine& line)
{
    app.set_version_flag("--version", "network-bridge " DOM0NET_VERSION);
    app.footer(footer);
    app.add_option("words", line.words, "start, stop or status, and NAME=VALUE words");
    app.add_flag("--dry-run", line.options.dry_run, "print what would be done, and do nothing");
    app.add_flag("--force", line.options.force,
        "start although somebody would be shut out; stop although guests are on the bridge");
    app.add_option("--confirm", line.confirm, "go back after SECONDS unless \"dom0net confirm\" is run")
        ->check(CLI::Range(1, 86400))
        ->type_name("SECONDS");
    app.add_flag("--json", line.options.json, "print JSON");
}

// What keeps it from being done is an error; a program that asked for JSON gets it as that too.
void change(xen::NetworkBridge& bridge, bool start, const xen::BridgeRequest& request,
    const xen::BridgeOptions& options, base::Log& log)
{
    try {
        const auto text =
            start ? bridge.start(request, options, tool::start_revert_timer) : bridge.stop(request, options);
        if (options.dry_run)
            tool::print(text);
        else
            tool::tell(text, log);
    } catch (const xen::Refusal& refusal) {
        if (options.json)
            tool::tell(xen::findings_to_json(refusal.findings), log);
        throw;
    }
}

void run(CommandLine& line, base::Log& log)
{
    tool::BridgeTool tool;
    const xen::Words words(line.words, std::getenv);
    if (line.confirm > 0)
        line.options.confirm = std::chrono::seconds(line.confirm);
    const auto& command = words.command();
    if (command != "start" && command != "stop" && command != "status")
        throw base::UsageError(
            "Unknown command: " + base::quoted(command) + "\nValid commands are: start, stop, status");
    const auto request = xen::BridgeRequest::parse(words, tool.kernel);
    if (command == "status") {
        tool::print(tool.bridge.status(request, line.options.json));
        tool.need_all();
    } else {
        change(tool.bridge, command == "start", request, line.options, log);
        tool.warn(log);
    }
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app(summary, "network-bridge");
    CommandLine line;
    add_options(app, line);
    return tool::run(app, argc, argv, [&](base::Log& log) { run(line, log); });
}
