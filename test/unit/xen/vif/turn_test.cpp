#include "base/error.h"
#include "catch.h"
#include "scratch_folder.h"
#include "vif_call.h"
#include "xen/vif/turn.h"

#include <sys/wait.h>

#include <functional>

using xen::Invocation;
using xen::Turn;
using namespace std::chrono_literals;

namespace {

const auto now = Turn::Clock::now();

struct Host {
    test::ScratchFolder scratch = {};
    std::string file = scratch.path() + "/run/turns";

    Turn take(const xen::Words& words, Turn::Clock::time_point began) const
    {
        return {file, Invocation::parse(words, true)->device, began, now};
    }

    // Whether another process, while we have our turn, would have to wait for it.
    bool others_wait(const xen::Words& words) const
    {
        return waits([&] { take(words, now); });
    }

    static bool waits(const std::function<void()>& take)
    {
        const auto child = ::fork();
        if (child == 0) {
            try {
                take();
                ::_exit(0);
            } catch (const base::Error& error) {
                const auto us = "(process " + std::to_string(::getppid()) + ")";
                ::_exit(std::string(error.what()).find(us) != std::string::npos ? 1 : 2);
            }
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        REQUIRE(WIFEXITED(status));
        REQUIRE(WEXITSTATUS(status) < 2);
        return WEXITSTATUS(status) == 1;
    }
};

xen::Words other_vif()
{
    return test::words_of({"online"}, {{"XENBUS_PATH", "backend/vif/5/1"}, {"vif", "vif5.1"}});
}

} // namespace

TEST_CASE("one at a time has its turn at an interface; whoever waits in vain is told for whom")
{
    const Host host;
    {
        const auto turn = host.take(test::online(), now);
        CHECK(host.others_wait(test::offline()));
        CHECK(host.others_wait(test::tap("remove")));
        CHECK_FALSE(host.others_wait(other_vif()));
    }
    CHECK_FALSE(host.others_wait(test::offline()));
}

TEST_CASE("who began before another that has had its turn is overtaken")
{
    const Host host;
    CHECK_FALSE(host.take(test::offline(), now).is_overtaken());
    host.take(test::online(), now).take_effect();
    CHECK(host.take(test::offline(), now - 1ms).is_overtaken());
    CHECK_FALSE(host.take(test::offline(), now).is_overtaken());
    CHECK_FALSE(host.take(test::offline(), now + 1ms).is_overtaken());
    CHECK_FALSE(host.take(test::tap("remove"), now - 1ms).is_overtaken());
    CHECK_FALSE(host.take(other_vif(), now - 1ms).is_overtaken());
}

TEST_CASE("a turn that did not take effect overtakes nobody")
{
    const Host host;
    host.take(test::online(), now);
    CHECK_FALSE(host.take(test::offline(), now - 1ms).is_overtaken());
}

TEST_CASE("a domain whose number is beyond Xen's has its turn all the same, and is taken for no other")
{
    const Host host;
    const auto call = [](const std::string& vif) {
        return test::words_of({"online"}, {{"XENBUS_PATH", "x"}, {"vif", vif}});
    };
    host.take(call("vif70000.0"), now).take_effect();
    CHECK(host.take(call("vif70000.0"), now - 1ms).is_overtaken());
    CHECK_FALSE(host.take(call("web0"), now - 1ms).is_overtaken());
}

TEST_CASE("who concerns all interfaces waits for each, and each for it")
{
    const Host host;
    {
        const auto turn = host.take(test::online(), now);
        CHECK(host.waits([&] { xen::NoTurns(host.file, now); }));
    }
    const xen::NoTurns none(host.file, now);
    CHECK(host.others_wait(test::online()));
    CHECK(host.others_wait(other_vif()));
}
