#include "base/record_folder.h"

#include "base/error.h"
#include "base/file.h"
#include "catch.h"
#include "scratch_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <new>

namespace {

using Catch::Contains;
using Names = std::vector<std::string>;

struct Store {
    test::ScratchFolder scratch = {};
    Names told = {};
    base::RecordFolder records{scratch.path() + "/records", ".json",
        [this](const std::string& sentence) { told.push_back(sentence); }};

    std::string text(const std::string& name)
    {
        std::string found = "(none)";
        records.read(name, [&](const std::string& text) { found = text; });
        return found;
    }
    // What is in the folder, as if this were the host's network namespace.
    Names files()
    {
        auto names = base::names_in(scratch.path() + "/records");
        const auto scope = base::network_namespace().scope;
        for (auto& name : names)
            if (const auto at = name.find(scope); at != std::string::npos)
                name.erase(at, scope.size());
        return names;
    }
    void put(const std::string& name, std::string_view content)
    {
        base::replace_file(records.path_of(name), content);
    }
};

} // namespace

TEST_CASE("R1: a record is read as it was written, until it is removed")
{
    Store store;
    CHECK(store.text("a") == "(none)");
    CHECK(store.records.names().empty());
    store.records.replace("b", "two\nlines");
    store.records.replace("a", "");
    store.records.replace("a", "{}");
    CHECK(store.records.names() == Names{"a", "b"});
    CHECK(store.text("a") == "{}");
    CHECK(store.text("b") == "two\nlines");
    store.records.remove("a");
    store.records.remove("a");
    CHECK(store.records.names() == Names{"b"});
    CHECK(store.told.empty());
}

TEST_CASE("a draft, a spare and what was set aside are no records, whatever a record is called")
{
    Store store;
    for (const auto* const name : {"x", "x.new", ".x", "x.json"})
        store.records.replace_and_reserve(name, "text", 100);
    store.put("y:new", "");
    store.put("y:damaged", "");
    CHECK(store.records.names() == Names{".x", "x", "x.json", "x.new"});
    CHECK(store.text("x.new") == "text");
}

TEST_CASE("R2: what cannot be read now is an error, and nothing is moved")
{
    Store store;
    store.records.replace("b", "text");
    const auto path = store.records.path_of("a");
    const bool is_folder = GENERATE(true, false);
    REQUIRE((is_folder ? ::mkdir(path.c_str(), 0700) : ::symlink(path.c_str(), path.c_str())) == 0);
    CHECK_THROWS_AS(store.text("a"), base::Error);
    CHECK(store.text("b") == "text");
    CHECK(store.files() == Names{"a.json", "b.json"});
    CHECK(store.told.empty());
}

TEST_CASE("R2: a folder of records that cannot be listed is an error")
{
    Store store;
    base::replace_file(store.scratch.path() + "/records", "a file");
    CHECK_THROWS_AS(store.records.names(), base::SystemError);
    CHECK_THROWS_AS(store.text("a"), base::SystemError);
}

TEST_CASE("R3: what was read whole and makes no sense is told and set aside, and the others are as before")
{
    Store store;
    store.records.replace("good", "text");
    store.records.replace("bad", "text");
    const auto whole = base::read_file(store.records.path_of("bad")).value_or("");
    auto altered = whole;
    altered.replace(altered.find("text"), 4, "tent");
    const auto content = GENERATE_COPY(std::string(), std::string("rubbish\n\xde\x1b[2J"), whole + "\n",
        altered, whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 1), whole + whole,
        std::string("{\"network_namespace\": \""));
    store.put("bad", content);
    CAPTURE(content);
    CHECK(store.text("bad") == "(none)");
    CHECK(store.text("good") == "text");
    CHECK(store.files() == Names{"bad.json:damaged", "good.json"});
    REQUIRE(store.told.size() == 1);
    CHECK_THAT(
        store.told.front(), Contains(store.records.path_of("bad") + " cannot be trusted and was set aside"));
    CHECK(store.text("bad") == "(none)");
    CHECK(store.told.size() == 1);
}

TEST_CASE("R3: a text in which its reader sees no sense is damaged; that there is no memory is not its fault")
{
    Store store;
    store.records.replace("a", "text");
    CHECK_THROWS_AS(
        store.records.read("a", [](const std::string&) { throw std::bad_alloc(); }), std::bad_alloc);
    CHECK_THROWS_AS(
        store.records.read("a", [](const std::string&) { throw base::SystemError(EIO, "looking"); }),
        base::SystemError);
    CHECK(store.told.empty());
    CHECK_FALSE(store.records.read("a", [](const std::string&) { throw base::Error("no \x1b sense"); }));
    REQUIRE(store.told.size() == 1);
    CHECK_THAT(store.told.front(), Contains("no \\x1b sense"));
}

TEST_CASE("R4: a record of another network namespace is not there, and stays")
{
    Store store;
    store.records.replace("a", "text");
    auto content = base::read_file(store.records.path_of("a")).value_or("");
    const auto id = base::network_namespace().id;
    store.put("a", content.replace(content.find(id), id.size(), "1.1"));
    CHECK(store.text("a") == "(none)");
    CHECK(store.files() == Names{"a.json"});
    CHECK(store.told.empty());
    store.records.replace("a", "ours");
    CHECK(store.text("a") == "ours");
}

TEST_CASE("R5: what has room is replaced without a new file, by longer and by shorter texts")
{
    Store store;
    store.records.replace_and_reserve("a", std::string(100, 'x'), 10'000);
    const auto files = store.files();
    for (const std::size_t length : {10'000U, 1U, 5'000U, 0U}) {
        store.records.replace("a", std::string(length, 'y'));
        CHECK(store.text("a") == std::string(length, 'y'));
        CHECK(store.files() == files);
    }
    store.records.remove("a");
    CHECK(store.files().empty());
}

TEST_CASE("R6: only root can look at records or lock them")
{
    Store store;
    {
        const auto lock = store.records.lock("all");
        store.records.replace_and_reserve("a", "text", 100);
    }
    CHECK(store.files() == Names{"a.json", "a.json:spare", "all.lock"});
    const auto folder = store.scratch.path() + "/records";
    for (const auto& path :
        {folder, store.records.path_of("a"), store.records.path_of("a") + ":spare", folder + "/all.lock"}) {
        struct stat status { };
        REQUIRE(::stat(path.c_str(), &status) == 0);
        CHECK((status.st_mode & 077) == 0);
    }
    store.records.remove("a");
    {
        const auto lock = store.records.lock("all");
    }
    CHECK(store.files().empty());
}
