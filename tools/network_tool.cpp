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

Verb chosen(const Verbs& verbs, const std::string& command)
{
    if (command == "start")
        return verbs.start;
    if (command == "stop")
        return verbs.stop;
    if (command == "status")
        return verbs.status;
    throw base::UsageError(
        "Unknown command: " + base::quoted(command) + "\nValid commands are: start, stop, status");
}

} // namespace

int network_main(int argc, char** argv, const char* program, const char* summary, const char* footer,
    const std::function<Verbs(netlink::Kernel&, const xen::Words&)>& verbs_with)
{
    CLI::App app(summary, program);
    CommandLine line;
    add_options(app, line, footer);
    return run(app, argc, argv, [&](base::Log& log) {
        netlink::Kernel kernel;
        const xen::Words words(line.words, std::getenv);
        const auto verb = chosen(verbs_with(kernel, words), words.command());
        const auto text = verb(xen::netdev_word(words, kernel), line.options);
        if (line.options.dry_run || words.command() == "status")
            print(text);
        else
            tell(text, log);
    });
}

} // namespace tool
