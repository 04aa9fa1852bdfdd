#include "base/process.h"

#include "base/error.h"
#include "base/file.h"
#include "base/unique_fd.h"
#include "catch.h"
#include "scratch_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <functional>

namespace {

// A program of that name, which leaves a file behind where it is run.
void put_program(const std::string& folder, const std::string& name)
{
    base::replace_file(folder + "/" + name, "#!/bin/sh\necho ran >" + folder + "/ran\n", 0755);
}

// Goes there, and back.
class Inside {
public:
    explicit Inside(const std::string& folder)
        : before_(std::filesystem::current_path())
    {
        std::filesystem::current_path(folder);
    }
    ~Inside() { std::filesystem::current_path(before_); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

private:
    std::filesystem::path before_;
};

// The exit status of a child that does this.
int status_of(const std::function<int()>& body)
{
    const auto child = ::fork();
    if (child == 0)
        ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

TEST_CASE("a program that is named without a folder is never the one in the caller's folder")
{
    const test::ScratchFolder scratch;
    put_program(scratch.path(), "true");
    const Inside inside(scratch.path());
    CHECK(base::run({"true"}, {}) == 0);
    CHECK_FALSE(base::read_file(scratch.path() + "/ran"));
}

TEST_CASE("nor is one that is installed nowhere")
{
    const test::ScratchFolder scratch;
    put_program(scratch.path(), "no-such-program");
    const Inside inside(scratch.path());
    CHECK_THROWS_AS(base::run({"no-such-program"}, {}), base::SystemError);
    CHECK_THROWS_AS(base::run({"./no-such-program"}, {}), base::SystemError);
    CHECK_FALSE(base::read_file(scratch.path() + "/ran"));
    CHECK_FALSE(base::find_program("no-such-program"));
    CHECK_FALSE(base::find_program("../bin/true"));
}

TEST_CASE("the PATH of what is run has no folder that depends on the caller's")
{
    const test::ScratchFolder scratch;
    put_program(scratch.path(), "no-such-program");
    const Inside inside(scratch.path());
    CHECK(status_of([] {
        ::setenv("PATH", ".::bin:/usr/bin:/bin", 1);
        return base::run({"/bin/sh", "-c", "no-such-program; test \"$PATH\" = /usr/bin:/bin"}, {});
    }) == 0);
    CHECK_FALSE(base::read_file(scratch.path() + "/ran"));
}

TEST_CASE("a closed pipe does not end a program, but what it runs has the signal as usual")
{
    CHECK(status_of([] {
        base::begin_program();
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0 || ::close(ends[0]) != 0)
            return 1;
        return ::write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 1;
    }) == 0);
    CHECK(status_of([] {
        base::begin_program();
        return base::run({"/bin/sh", "-c", "kill -PIPE $$"}, {});
    }) == 128 + SIGPIPE);
}

TEST_CASE("a program that is started with descriptors 0, 1 and 2 closed has them on the null device")
{
    CHECK(status_of([] {
        for (const int fd : {0, 1, 2})
            ::close(fd);
        base::begin_program();
        struct stat null { };
        struct stat open { };
        ::stat("/dev/null", &null);
        for (const int fd : {0, 1, 2})
            if (::fstat(fd, &open) != 0 || open.st_rdev != null.st_rdev)
                return 1;
        return 0;
    }) == 0);
}
