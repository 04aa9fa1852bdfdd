#include "base/file.h"

#include "base/error.h"
#include "catch.h"
#include "scratch_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace {

unsigned mode_of(const std::string& path)
{
    struct stat status { };
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

} // namespace

TEST_CASE("a file that is not there has no content, and one that cannot be read now is an error")
{
    const test::ScratchFolder scratch;
    CHECK_FALSE(base::read_file(scratch.path() + "/none"));
    CHECK_THROWS_AS(base::read_file(scratch.path()), base::SystemError); // a folder
    base::replace_file(scratch.path() + "/file", "text");
    CHECK(base::read_file(scratch.path() + "/file") == "text");
    CHECK_THROWS_AS(base::read_file(scratch.path() + "/file/below"), base::SystemError);
}

TEST_CASE("no more of a file is read than was asked for")
{
    const test::ScratchFolder scratch;
    base::replace_file(scratch.path() + "/file", "12345678");
    CHECK(base::read_file(scratch.path() + "/file", 8) == "12345678");
    CHECK_THROWS_WITH(base::read_file(scratch.path() + "/file", 7),
        "reading " + scratch.path() + "/file: it has more than 7 bytes");
    CHECK_THROWS_AS(base::read_file("/dev/zero", 1000), base::Error);
}

TEST_CASE("a pipe or a device is no regular file, and is not waited for")
{
    const test::ScratchFolder scratch;
    REQUIRE(::mkfifo((scratch.path() + "/pipe").c_str(), 0600) == 0);
    CHECK_THROWS_WITH(base::read_regular_file(scratch.path() + "/pipe"),
        "reading " + scratch.path() + "/pipe: it is no regular file");
    CHECK_THROWS_AS(base::read_regular_file("/dev/zero"), base::Error);
    CHECK_THROWS_AS(base::read_regular_file(scratch.path()), base::Error);
    CHECK_FALSE(base::read_regular_file(scratch.path() + "/none"));
}

TEST_CASE("a folder that is not there has no names, and one that cannot be listed is an error")
{
    const test::ScratchFolder scratch;
    CHECK(base::names_in(scratch.path() + "/none").empty());
    base::replace_file(scratch.path() + "/b", "");
    base::replace_file(scratch.path() + "/a", "");
    CHECK(base::names_in(scratch.path()) == std::vector<std::string>{"a", "b"});
    CHECK_THROWS_AS(base::names_in(scratch.path() + "/a"), base::SystemError);
    CHECK_THROWS_AS(base::names_in(scratch.path() + "/" + std::string(300, 'x')), base::SystemError);
}

TEST_CASE("a private folder is root's alone, whoever made it, unless others are let through")
{
    const test::ScratchFolder scratch;
    const auto folder = scratch.path() + "/one/two";
    base::make_private_folder(folder);
    CHECK(mode_of(folder) == 0700);
    CHECK(mode_of(scratch.path() + "/one") == 0700);
    ::chmod(folder.c_str(), 0755);
    base::make_private_folder(folder);
    CHECK(mode_of(folder) == 0700);
    base::let_pass(folder);
    base::make_private_folder(folder);
    CHECK(mode_of(folder) == 0711);
}

TEST_CASE("what access() cannot tell is an error")
{
    const test::ScratchFolder scratch;
    CHECK_FALSE(base::is_accessible(scratch.path() + "/none", F_OK));
    CHECK(base::is_accessible(scratch.path(), F_OK));
    REQUIRE(::symlink("loop", (scratch.path() + "/loop").c_str()) == 0);
    CHECK_THROWS_AS(base::is_accessible(scratch.path() + "/loop", F_OK), base::SystemError);
}
