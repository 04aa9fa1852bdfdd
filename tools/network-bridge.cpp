#include "base/error.h"
#include "base/text.h"
#include "bridge_tool.h"
#include "tool.h"

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
    bool json = false;
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
        "stop although guests are on the bridge; start on the root file system's card");
    app.add_option("--confirm", line.confirm, "go back after SECONDS unless \"dom0net confirm\" is run")
        ->check(CLI::Range(1, 86400))
        ->type_name("SECONDS");
    app.add_flag("--json", line.json, "with status: print JSON");
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
    if (command == "start")
        tool::tell(tool.bridge.start(request, line.options, tool::start_revert_timer), log);
    else if (command == "stop")
        tool::tell(tool.bridge.stop(request, line.options), log);
    else
        tool::print(tool.bridge.status(request, line.json));
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app(summary, "network-bridge");
    CommandLine line;
    add_options(app, line);
    return tool::run(app, argc, argv, [&](base::Log& log) { run(line, log); });
}
