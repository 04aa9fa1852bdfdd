#include "tool.h"

#include "base/error.h"
#include "base/exit_status.h"
#include "base/process.h"
#include "base/text.h"

#include <cerrno>
#include <cstdio>

namespace tool {

int run(CLI::App& app, int argc, char** argv, const std::function<void(base::Log&)>& body)
{
    base::begin_program();
    base::Log log(app.get_name());
    const auto parse_and_run = [&] {
        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& error) { // --help and --version come this way too
            return app.exit(error) == 0 ? base::done : base::used_wrongly;
        }
        body(log);
        return base::done;
    };
    return base::exit_status_of(parse_and_run, log);
}

void print(const std::string& text)
{
    if (std::fputs(base::printable(text).c_str(), stdout) < 0 || std::fflush(stdout) != 0)
        throw base::SystemError(errno, "printing");
}

void tell(const std::string& text, base::Log& log)
{
    try {
        print(text);
    } catch (const base::SystemError& error) {
        log.error(std::string("all was done, but not told: ") + error.what());
    }
}

} // namespace tool
