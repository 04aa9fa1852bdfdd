#include "xen/bridge/revert_timer.h"

#include "base/error.h"
#include "catch.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// A user who runs nothing else (or, without the privilege to become one, who runs more), and may run no more
// than so many processes.
void limit_processes(rlim_t number)
{
    constexpr uid_t nobody_at_all = 54321;
    const rlimit limit{number, number};
    ::setrlimit(RLIMIT_NPROC, &limit);
    [[maybe_unused]] const int changed = ::setuid(nobody_at_all);
}

std::string failure_with(rlim_t processes)
{
    const auto name = net::IfName::parse("eth0");
    const xen::BridgeRecord record{
        .pair = {name, name, name, name, name, name}, .before = {.link = {.name = name}}, .confirm_by = 1};
    try {
        limit_processes(processes);
        xen::start_revert_timer(record, [](const xen::BridgeRecord&) { return true; });
        return {};
    } catch (const base::Error& error) {
        return error.what();
    }
}

bool fails_with(rlim_t processes)
{
    const auto child = ::fork();
    if (child == 0)
        ::_exit(
            failure_with(processes).find("Resource temporarily unavailable") == std::string::npos ? 1 : 0);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status == 0;
}

} // namespace

TEST_CASE("a revert timer of which either process cannot be started is an error")
{
    CHECK(fails_with(1));
    CHECK(fails_with(2));
    CHECK((::geteuid() != 0 || !fails_with(3)));
}

TEST_CASE("what could not be reverted is tried again, after longer and longer pauses")
{
    const auto name = net::IfName::parse("eth0");
    const xen::BridgeRecord record{
        .pair = {name, name, name, name, name, name}, .before = {.link = {.name = name}}};
    int tries = 0;
    std::vector<std::chrono::seconds::rep> pauses;
    xen::revert_until_done(
        record, [&](const xen::BridgeRecord&) { return ++tries == 8; },
        [&](std::chrono::seconds pause) { pauses.push_back(pause.count()); });
    CHECK(tries == 8);
    CHECK(pauses == std::vector<std::chrono::seconds::rep>{1, 2, 4, 8, 16, 30, 30});
}
