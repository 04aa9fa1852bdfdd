#include "base/error.h"
#include "catch.h"
#include "xen/call/words.h"

#include <map>

using xen::Words;

namespace {

// Words on a command line, before an environment.
Words words(const std::vector<std::string>& argv, std::map<std::string, std::string> environment = {})
{
    return {argv, [environment](const char* name) {
                const auto found = environment.find(name);
                return found == environment.end() ? nullptr : found->second.c_str();
            }};
}

} // namespace

TEST_CASE("the command is the first word without '=', wherever it stands")
{
    CHECK(words({"online", "type_if=vif"}).command() == "online");
    CHECK(words({"type_if=vif", "online"}).command() == "online");
    CHECK(words({"online", "offline"}).command() == "online");
    CHECK(words({"a=b"}).command().empty());
    CHECK(words({}).command().empty());
}

TEST_CASE("a word that begins with '=' is ignored, and is no command")
{
    CHECK(words({"=x", "online"}).command() == "online");
    CHECK_FALSE(words({"=x"}).find(""));
}

TEST_CASE("of two assignments the later wins, and both win over the environment")
{
    CHECK(words({"bridge=a", "online", "bridge=b"}, {{"bridge", "c"}}).find("bridge") == "b");
    CHECK(words({"online"}, {{"bridge", "c"}}).find("bridge") == "c");
    CHECK_FALSE(words({"online"}).find("bridge"));
}

TEST_CASE("an empty assignment hides the environment")
{
    CHECK(words({"bridge="}, {{"bridge", "c"}}).find("bridge") == "");
}

TEST_CASE("a value may hold '=' and blanks, and is never evaluated")
{
    CHECK(words({"ip=a=b c"}).find("ip") == "a=b c");
    CHECK(words({"x=$(reboot)`reboot`;reboot"}).find("x") == "$(reboot)`reboot`;reboot");
}

TEST_CASE("what only the command line may say is not looked for in the environment")
{
    CHECK_FALSE(words({"online"}, {{"type_if", "tap"}}).find_word("type_if"));
    CHECK(words({"type_if=tap"}).find_word("type_if") == "tap");
}

TEST_CASE("what is needed and absent or empty is the caller's fault")
{
    CHECK(words({"vif=vif1.0"}).need("vif") == "vif1.0");
    CHECK_THROWS_AS(words({}).need("vif"), base::UsageError);
    CHECK_THROWS_WITH(words({"vif="}, {{"vif", "vif1.0"}}).need("vif"), "vif is empty");
}

TEST_CASE("the words are repeated as they came")
{
    CHECK(words({"online", "type_if=vif"}).text() == "online type_if=vif");
}
