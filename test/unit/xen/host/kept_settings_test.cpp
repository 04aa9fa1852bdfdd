#include "xen/host/kept_settings.h"

#include "base/error.h"
#include "base/file.h"
#include "catch.h"
#include "fake_kernel.h"
#include "scratch_folder.h"

using namespace xen;
using test::FakeKernel;

namespace {

const auto all = net::IfName::all();
const auto eth0 = net::IfName::parse("eth0");
const std::vector<WantedSetting> forwarding{
    {all, "ipv4/conf/forwarding", "1"}, {eth0, "ipv4/conf/proxy_arp", "1"}};

struct Host {
    FakeKernel kernel = {};
    KeptSettings kept = {};

    Host() { kernel.plug_in("eth0", "02:00:00:00:00:01"); }

    void take(const std::string& user)
    {
        const auto plan = plan_taking(kept, user, forwarding, kernel);
        kept = plan.kept;
        net::carry_out(plan.steps, kernel);
    }
    void leave(const std::string& user)
    {
        const auto plan = plan_leaving(kept, user, kernel);
        kept = plan.kept;
        net::carry_out(plan.steps, kernel);
    }
    std::string forwards() { return kernel.sysctl(all, "ipv4/conf/forwarding").value(); }
};

} // namespace

TEST_CASE("a setting that is taken is put back when its user leaves")
{
    Host host;
    const auto before = host.kernel.state();
    host.take("a");
    CHECK(host.forwards() == "1");
    host.leave("a");
    CHECK(host.kernel.state() == before);
    CHECK(host.kept.empty());
}

TEST_CASE("a setting stays as long as anybody wants it, whatever the order and the repetitions")
{
    Host host;
    host.take("a");
    host.take("b");
    host.take("a");
    host.leave("a");
    CHECK(host.forwards() == "1");
    host.leave("b");
    CHECK(host.forwards() == "0");
}

TEST_CASE("a setting that was so before stays so")
{
    Host host;
    host.kernel.set_for_all("ipv4/conf/forwarding", "1");
    host.take("a");
    host.leave("a");
    CHECK(host.forwards() == "1");
}

// Linux sets each device when it sets all.
TEST_CASE("what was so before is put back where putting it back for all takes it along, whoever leaves last")
{
    Host host;
    const std::string key = "ipv4/conf/forwarding";
    net::carry_out({net::SetSysctl{eth0, key, "1", "0"}}, host.kernel);
    auto plan = plan_taking({}, "a", {{eth0, key, "1"}, {all, key, "1"}}, host.kernel);
    net::carry_out(plan.steps, host.kernel);
    plan = plan_taking(plan.kept, "b", {{all, key, "1"}}, host.kernel);
    plan = plan_leaving(plan.kept, "a", host.kernel);
    CHECK(plan.steps.empty());
    plan = plan_leaving(plan.kept, "b", host.kernel);
    CHECK(plan.steps == net::Plan{net::SetSysctl{all, key, "0", "1"}, net::SetSysctl{eth0, key, "1", "1"}});
    CHECK(plan.kept.empty());
}

TEST_CASE("a setting that somebody else changed is left alone")
{
    Host host;
    host.take("a");
    host.kernel.set_for_all("ipv4/conf/forwarding", "2");
    host.leave("a");
    CHECK(host.forwards() == "2");
}

TEST_CASE("the device of a setting may be gone when its user leaves")
{
    Host host;
    host.take("a");
    host.kernel.pull_out("eth0");
    host.leave("a");
    CHECK(host.forwards() == "0");
    CHECK(host.kept.empty());
}

TEST_CASE("the record of settings is read as it was written, and removed when it is empty")
{
    const test::ScratchFolder scratch;
    const auto& folder = scratch.path();
    Host host;
    host.take("a b");
    write_kept_settings(folder, host.kept);
    CHECK(read_kept_settings(folder) == host.kept);
    write_kept_settings(folder, {});
    CHECK(base::names_in(folder).empty());
    CHECK(read_kept_settings(folder).empty());
    settings_record(folder).replace("forwarding", "[{\"device\": 1}]");
    CHECK_THROWS_AS(read_kept_settings(folder), base::Error);
    settings_record(folder).replace("forwarding", std::string(100'000, '['));
    CHECK_THROWS_AS(read_kept_settings(folder), base::Error);
}
