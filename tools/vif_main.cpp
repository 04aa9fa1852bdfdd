#include "vif_main.h"

#include "base/exit_status.h"
#include "base/process.h"
#include "netlink/kernel.h"
#include "xen/call/libxenstore.h"
#include "xen/call/paths.h"
#include "xen/vif/script.h"

#include <cstdio>
#include <cstdlib>

namespace {

struct CommandLine {
    xen::VifOptions options = {};
    std::vector<std::string> words = {};
    bool help = false;
    bool version = false;
    std::string unknown_option = {};
};

CommandLine parse(int argc, char** argv)
{
    CommandLine line;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--help" || word == "-h")
            line.help = true;
        else if (word == "--version")
            line.version = true;
        else if (word == "--dry-run")
            line.options.dry_run = true;
        else if (word == "--json")
            line.options.json = true;
        else if (word == "--no-xenstore")
            line.options.with_xenstore = false;
        else if (word.starts_with("-"))
            line.unknown_option = word;
        else
            line.words.push_back(word);
    }
    return line;
}

} // namespace

int vif_main(int argc, char** argv, const char* program, const char* help, xen::VifPlanner planner)
{
    const auto began = xen::Turn::Clock::now();
    base::begin_program();
    const auto line = parse(argc, argv);
    if (line.help || line.version) {
        std::printf(line.help ? "%s" : "%s " DOM0NET_VERSION "\n", line.help ? help : program);
        return base::done;
    }
    base::Log log(program, xen::paths::hotplug_log);
    if (!line.unknown_option.empty()) {
        log.error("unknown option " + line.unknown_option + ": see " + program + " --help");
        return base::used_wrongly;
    }
    const xen::VifSurroundings surroundings{.log = log,
        .open_store = [] { return std::make_unique<xen::LibXenstore>(); },
        .open_kernel =
            [&log] {
                return std::make_unique<netlink::Kernel>(netlink::Filters(
                    xen::paths::filters, [&log](const std::string& fault) { log.error(fault); }));
            },
        .hook_folder = xen::paths::hooks,
        .read_configuration = [] { return xen::read_configuration(xen::paths::configuration); },
        .turns = xen::paths::turns,
        .began = began};
    return xen::run_vif_script(
        program, planner, xen::Words(line.words, std::getenv), line.options, surroundings);
}
