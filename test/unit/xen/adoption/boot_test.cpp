#include "xen/adoption/boot.h"

#include "base/error.h"
#include "base/file.h"
#include "catch.h"
#include "fake_kernel.h"
#include "scratch_folder.h"

#include <sys/stat.h>

namespace {

using std::chrono::milliseconds;
using Calls = std::vector<std::string>;

// Where a test's own files are: our four programs, and Xen's folder.
struct Host {
    test::ScratchFolder folder = {};
    xen::BootPlaces places{at("/dom0net.json"), at("/xend-config.sxp"), at("/scripts"), at("/programs")};

    Host()
    {
        base::make_folder(places.scripts);
        base::make_folder(places.programs);
        for (const auto* const name : {"network-bridge", "network-route", "network-nat", "network-tunnel"})
            put("/programs/" + std::string(name), "ours", 0755);
    }
    std::string at(const std::string& path) const { return folder.path() + path; }
    void put(const std::string& path, const std::string& content, unsigned mode = 0644) const
    {
        base::replace_file(at(path), content, mode);
    }

    // The calls of "start", with the folder's path taken out.
    Calls calls() const
    {
        Calls found;
        for (const auto& script : xen::find_boot_network(places).scripts) {
            auto call = script.call("start");
            call.front().erase(0, folder.path().size());
            std::string line;
            for (const auto& word : call)
                line += "[" + word + "]";
            found.push_back(line);
        }
        return found;
    }
    std::string fault() const
    {
        try {
            xen::find_boot_network(places);
        } catch (const base::Error& error) {
            return error.what();
        }
        return "none";
    }
};

// What was run, and what it is to return.
struct Runner {
    std::vector<int> statuses = {};
    Calls ran = {};

    int operator()(const std::vector<std::string>& call)
    {
        ran.push_back(call.at(0) + " " + call.at(1));
        return ran.size() <= statuses.size() ? statuses[ran.size() - 1] : 0;
    }
};

} // namespace

TEST_CASE("the network of a host where nothing is configured is nothing")
{
    const Host host;
    CHECK(host.calls().empty());
    host.put("/xend-config.sxp", "(network-script network-dummy)");
    CHECK(host.calls().empty());
}

TEST_CASE("the network is what dom0net.json lists, in its order; xend-config.sxp says nothing then")
{
    const Host host;
    host.put("/xend-config.sxp", "(network-script network-route)");
    CHECK(host.calls() == Calls{"[/programs/network-route][start]"});
    host.put(
        "/dom0net.json", R"({ "network": [ " network-bridge  netdev=eth0 bridge=xenbr0", "network-nat" ] })");
    CHECK(host.calls()
        == Calls{"[/programs/network-bridge][start][netdev=eth0][bridge=xenbr0]",
            "[/programs/network-nat][start]"});
    host.put("/dom0net.json", R"({ "network": [] })");
    CHECK(host.calls().empty());
}

TEST_CASE("the network-script of xend-config.sxp is called with the words that xend gave it")
{
    const Host host;
    host.put("/scripts/network-bridge", "#!/bin/sh\n", 0755); // Xen's own, in whose place ours is
    host.put("/scripts/my-network", "#!/bin/sh\n", 0755);
    const auto called = [&](const std::string& value) {
        host.put("/xend-config.sxp", "(network-script " + value + ")");
        return host.calls().at(0);
    };
    CHECK(called("'network-bridge netdev=eth1 bridge=xenbr1'")
        == "[/programs/network-bridge][start][netdev=eth1][bridge=xenbr1]");
    CHECK(called("'network-bridge  antispoof=yes'") == "[/programs/network-bridge][start][][antispoof=yes]");
    CHECK(called(host.at("/scripts/network-bridge")) == "[/programs/network-bridge][start]");
    CHECK(called("network-bridge-bonding") == "[/programs/network-bridge][start]");
    CHECK(called("my-network") == "[/scripts/my-network][start]");
    CHECK(called("'" + host.at("/scripts/my-network") + " a b'") == "[/scripts/my-network][start][a][b]");
    host.put("/scripts/network-bridge-bonding", "#!/bin/sh\n", 0755);
    CHECK(called("network-bridge-bonding") == "[/scripts/network-bridge-bonding][start]");
}

TEST_CASE("a script that is not there, or that others may write, is refused with who named it")
{
    const Host host;
    host.put("/xend-config.sxp", "\n(network-script my-network)");
    CHECK(host.fault()
        == host.at("/xend-config.sxp:2: there is no program '") + host.at("/scripts/my-network'"));
    host.put("/scripts/my-network", "#!/bin/sh\n", 0777);
    CHECK_THAT(host.fault(),
        Catch::Matchers::Contains("others than root may write " + host.at("/scripts/my-network")));
    host.put("/scripts/my-network", "#!/bin/sh\n", 0644);
    CHECK_THAT(host.fault(), Catch::Matchers::Contains("there is no program"));
    host.put("/xend-config.sxp", "(network-script network-nat)", 0666);
    CHECK_THAT(
        host.fault(), Catch::Matchers::Contains("others than root may write " + host.at("/xend-config.sxp")));
    host.put("/dom0net.json", R"({ "network": [ "network-bridge netdev=a/b" ] })");
    CHECK_THAT(host.fault(), Catch::Matchers::Contains("'netdev=a/b' names no interface"));
    host.put("/dom0net.json", "{}", 0666);
    CHECK_THAT(
        host.fault(), Catch::Matchers::Contains("others than root may write " + host.at("/dom0net.json")));
}

TEST_CASE("stop goes the other way round")
{
    const test::FakeKernel kernel;
    Runner runner;
    const xen::BootNetwork network{{{"", "a"}, {"", "b"}}};
    xen::run_boot_network(network, "start", kernel, milliseconds(0), std::ref(runner));
    xen::run_boot_network(network, "stop", kernel, milliseconds(0), std::ref(runner));
    CHECK(runner.ran == Calls{"a start", "b start", "b stop", "a stop"});
}

TEST_CASE("a script that fails does not keep the others from it, and all that failed is told")
{
    const test::FakeKernel kernel;
    Runner runner{{1, 0, 3}};
    const xen::BootNetwork network{{{"", "a", {"x=1"}}, {"", "b"}, {"", "c"}}};
    CHECK_THROWS_WITH(xen::run_boot_network(network, "start", kernel, milliseconds(0), std::ref(runner)),
        "a start x=1 failed with exit status 1; c start failed with exit status 3");
    CHECK(runner.ran.size() == 3);
}

TEST_CASE("a card that does not come keeps its own script only, and not from stop")
{
    test::FakeKernel kernel;
    Runner runner;
    const xen::BootNetwork network{
        {{"", "a", {}, net::DeviceName::parse("eth7")}, {"", "b", {}, net::DeviceName::parse("lo")}}};
    CHECK_THROWS_WITH(xen::run_boot_network(network, "start", kernel, milliseconds(50), std::ref(runner)),
        Catch::Matchers::Contains("a start: there is no interface eth7, though it was waited for"));
    runner.ran.clear();
    xen::run_boot_network(network, "stop", kernel, milliseconds(0), std::ref(runner));
    CHECK(runner.ran == Calls{"b stop", "a stop"});
}
