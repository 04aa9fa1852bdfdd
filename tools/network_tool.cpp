#include "network_tool.h"

#include "base/error.h"
#include "base/text.h"
#include "tool.h"

#include <cstdlib>

namespace tool {

namespace {

struct CommandLine {
    std::vector<std::string> words = {};
    xen::NetworkOptions options = {};
};

void add_options(CLI::App& app, CommandLine& line, const char* footer)
{
    app.set_version_flag("--version", app.get_name() + " " DOM0NET_VERSION);
    app.footer(footer);
    app.add_option("words", line.words, "start, stop or status, and NAME=VALUE words");
    app.add_flag("--dry-run", line.options.dry_run, "print what would be done, and do nothing");
    app.add_flag("--json", line.options.json, "with status and --dry-run: print JSON");
}

std::string said_by(xen::ForwardingService& service, const net::KernelView& kernel, const xen::Words& words,
    const xen::NetworkOptions& options)
{
    const auto netdev = xen::netdev_word(words, kernel);
    const auto& command = words.command();
    if (command == "start")
        return service.start(netdev, options);
    if (command == "stop")
        return service.stop(netdev, options);
    if (command == "status")
        return service.status(options);
    throw base::UsageError(
        "Unknown command: " + base::quoted(command) + "\nValid commands are: start, stop, status");
}

} // namespace

int network_main(int argc, char** argv, const char* program, const char* summary, const char* footer,
    const MakeService& make_service)
{
    CLI::App app(summary, program);
    CommandLine line;
    add_options(app, line, footer);
    return run(app, argc, argv, [&](base::Log& log) {
        netlink::Kernel kernel;
        const xen::Words words(line.words, std::getenv);
        const auto text = said_by(*make_service(kernel, words), kernel, words, line.options);
        if (line.options.dry_run || words.command() == "status")
            print(text);
        else
            tell(text, log);
    });
}

} // namespace tool
