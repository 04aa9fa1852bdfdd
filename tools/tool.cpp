#include "tool.h"

#include "base/error.h"
#include "base/log.h"

#include <cerrno>
#include <cstdio>

namespace tool {

namespace {

constexpr int done = 0;
constexpr int failed = 1;
constexpr int used_wrongly = 2;

} // namespace

int run(CLI::App& app, int argc, char** argv, const std::function<void()>& body)
{
    base::Log log(app.get_name());
    try {
        app.parse(argc, argv);
        body();
        return done;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? done : used_wrongly; // --help and --version come this way too
    } catch (const base::UsageError& error) {
        log.error(error.what());
        return used_wrongly;
    } catch (const std::exception& error) {
        log.error(error.what());
        return failed;
    }
}

void print(const std::string& text)
{
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
        throw base::SystemError(errno, "printing");
}

} // namespace tool
