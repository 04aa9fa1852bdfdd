#include "base/lock.h"

#include "base/error.h"
#include "base/file.h"
#include "catch.h"
#include "scratch_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <optional>

namespace {

using Catch::Contains;
using std::chrono::milliseconds;

bool is_there(const std::string& path)
{
    struct stat status { };
    return ::stat(path.c_str(), &status) == 0;
}

base::UniqueFd held(const std::string& path)
{
    base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0644));
    REQUIRE(::flock(fd.get(), LOCK_EX | LOCK_NB) == 0);
    return fd;
}

bool is_blocked(int signal)
{
    sigset_t now;
    ::sigprocmask(SIG_BLOCK, nullptr, &now);
    return sigismember(&now, signal) == 1;
}

} // namespace

TEST_CASE("who waits too long for a lock is told which process has it")
{
    const test::ScratchFolder scratch;
    const auto path = scratch.path() + "/lock";
    const auto other = held(path);
    CHECK_THROWS_WITH(base::Lock(path, {}, milliseconds(1)),
        Contains(path + ": process " + std::to_string(::getpid()) + " ('unit_tests') has held it"));
}

TEST_CASE("a lock is root's alone, though it was made for all to open")
{
    const test::ScratchFolder scratch;
    const auto path = scratch.path() + "/lock";
    held(path);
    const base::Lock lock(path);
    struct stat status { };
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("the file of a lock goes with it, unless somebody needs it later")
{
    const test::ScratchFolder scratch;
    const auto path = scratch.path() + "/lock";
    std::optional<base::Lock> lock(std::in_place, path);
    CHECK(is_there(path));
    lock.reset();
    CHECK_FALSE(is_there(path));
    lock.emplace(path, [] { return true; });
    lock.reset();
    CHECK(is_there(path));
    lock.emplace(path, []() -> bool { throw base::Error("nobody knows"); });
    lock.reset();
    CHECK(is_there(path));
}

TEST_CASE("Ctrl-Z waits until the lock is let go")
{
    const test::ScratchFolder scratch;
    {
        const base::Lock lock(scratch.path() + "/lock");
        CHECK(is_blocked(SIGTSTP));
    }
    CHECK_FALSE(is_blocked(SIGTSTP));
}
