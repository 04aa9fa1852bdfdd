#include "base/error.h"
#include "base/file.h"
#include "borrowed_kernel.h"
#include "catch.h"
#include "scratch_folder.h"
#include "vif_call.h"
#include "xen/vif/script.h"
#include "xen/vif/vif_bridge.h"

#include <sys/stat.h>

using test::name;
using test::StoreContent;

namespace {

// Surroundings for run_vif_script() in which everything can be looked at afterwards.
struct Script {
    test::FakeKernel kernel = {};
    StoreContent store = test::store_of_vif();
    test::ScratchFolder scratch = {};
    std::string hook_folder = scratch.path() + "/hooks";
    xen::VifOptions options = {};
    int kernels_opened = 0;
    int kernels_that_fail = 0; // the next
    base::Log log{"test"};
    std::string turns = {};
    xen::Turn::Clock::time_point began = xen::Turn::Clock::now();
    xen::VifPlanner planner = xen::plan_vif_bridge;

    Script()
    {
        test::fill_host(kernel);
        base::make_folder(hook_folder);
    }

    int run(const xen::Words& words)
    {
        const xen::VifSurroundings around{.log = log,
            .open_store = [&] { return std::make_unique<test::FakeXenstore>(store); },
            .open_kernel =
                [&] {
                    ++kernels_opened;
                    if (kernels_that_fail-- > 0)
                        throw base::Error("opening a netlink socket");
                    return std::make_unique<test::BorrowedKernel>(kernel);
                },
            .hook_folder = hook_folder,
            .turns = turns,
            .began = began};
        return xen::run_vif_script("vif-bridge", planner, words, options, around);
    }

    // An executable whose interpreter is none of those whose scripts are sourced.
    void add_hook(const std::string& file, const std::string& body, mode_t mode = 0755)
    {
        const auto path = hook_folder + "/" + file;
        base::replace_file(path, "#!/usr/bin/env sh\n" + body + "\n");
        ::chmod(path.c_str(), mode);
    }

    std::string told_by_hooks() { return base::read_file(scratch.path() + "/told").value_or(""); }
    std::string tell(const std::string& words)
    {
        return "echo \"" + words + "\" >>" + scratch.path() + "/told";
    }
    std::string& node(const std::string& key) { return store.nodes[test::backend + ("/" + key)]; }
    bool has(const std::string& key) const { return store.nodes.contains(test::backend + ("/" + key)); }
    bool is_port() { return kernel.link(name("vif5.0")).master.has_value(); }
};

// Notes what it is asked for, and whether the guest's interface was up then; fails where it is told to.
std::string asked;
std::string failing;

class Noting final : public xen::Effect {
public:
    explicit Noting(std::string letter)
        : letter_(std::move(letter))
    { }
    void prepare(net::Kernel& kernel, base::Log&) override { note("prepare", kernel); }
    void apply(net::Kernel& kernel, base::Log&) override { note("apply", kernel); }
    void undo(net::Kernel& kernel, base::Log&) override { note("undo", kernel); }
    std::string to_string() const override { return ""; }

private:
    void note(const std::string& what, const net::Kernel& kernel) const
    {
        asked += what + letter_ + (kernel.find_link(name("vif5.0"))->up ? "+ " : "- ");
        if (failing == what + letter_)
            throw base::Error("no " + failing);
    }

    std::string letter_;
};

xen::VifPlan plan_with_effects(
    const xen::Invocation& call, const xen::VifSettings& settings, const net::KernelView& kernel)
{
    auto plan = xen::plan_vif_bridge(call, settings, kernel);
    plan.effects.push_back(std::make_unique<Noting>("1"));
    plan.effects.push_back(std::make_unique<Noting>("2"));
    return plan;
}

// What the effects of a plan are asked for, one of which fails.
std::string asked_of_effects(const xen::Words& words, const std::string& failure, int status)
{
    Script script;
    script.planner = plan_with_effects;
    asked.clear();
    failing = failure;
    CHECK(script.run(words) == status);
    return asked;
}

} // namespace

TEST_CASE("effects are prepared before anything is changed, applied after, and undone in the reverse order")
{
    CHECK(asked_of_effects(test::online(), "", 0) == "prepare1- prepare2- apply1+ apply2+ ");
    CHECK(asked_of_effects(test::online(), "prepare2", 1) == "prepare1- prepare2- ");
    CHECK(asked_of_effects(test::online(), "apply1", 1) == "prepare1- prepare2- apply1+ undo1+ ");
    CHECK(asked_of_effects(test::online(), "apply2", 1)
        == "prepare1- prepare2- apply1+ apply2+ undo2+ undo1+ ");
}

TEST_CASE("on the way down each effect is tried")
{
    CHECK(asked_of_effects(test::offline(), "apply1", 1) == "apply1- apply2- ");
}

TEST_CASE("success is told to Xen as connected, with the guest's mtu")
{
    Script script;
    script.node("mtu") = "1400";
    CHECK(script.run(test::online()) == 0);
    CHECK(script.node("hotplug-status") == "connected");
    CHECK_FALSE(script.has("hotplug-error"));
    CHECK(script.store.nodes["/local/domain/5/device/vif/0/mtu"] == "1400");
    CHECK(script.is_port());
}

TEST_CASE("success takes back the error of an earlier try")
{
    Script script;
    script.node("bridge") = "xenbr7";
    CHECK(script.run(test::online()) == 1);
    CHECK(script.has("hotplug-error"));
    script.node("bridge") = "xenbr0";
    CHECK(script.run(test::online()) == 0);
    CHECK(script.node("hotplug-status") == "connected");
    CHECK_FALSE(script.has("hotplug-error"));
}

TEST_CASE("a failure is told to Xen in the words of its reason")
{
    Script script;
    script.node("bridge") = "xenbr7";
    CHECK(script.run(test::online()) == 1);
    CHECK(script.node("hotplug-status") == "error");
    CHECK(script.node("hotplug-error") == "Could not find bridge device xenbr7");
    CHECK_FALSE(script.is_port());
}

TEST_CASE("a refusal of the kernel is told to Xen, and what was done is undone")
{
    Script script;
    const auto before = script.kernel.state();
    script.kernel.break_at(1);
    CHECK(script.run(test::online()) == 1);
    CHECK(script.node("hotplug-status") == "error");
    CHECK_THAT(script.node("hotplug-error"), Catch::Contains("Input/output error"));
    CHECK(script.kernel.state() == before);
}

TEST_CASE("S25: a call that is used wrongly is told to Xen and touches nothing else")
{
    Script script;
    CHECK(script.run(test::words_of({"start"}, {{"XENBUS_PATH", test::backend}, {"vif", "vif5.0"}})) == 2);
    CHECK(script.node("hotplug-status") == "error");
    CHECK_THAT(script.node("hotplug-error"), Catch::StartsWith("Invalid command"));
    CHECK(script.kernels_opened == 0);
}

TEST_CASE("a call without a path has nobody to tell")
{
    Script script;
    const auto before = script.store.nodes;
    CHECK(script.run(test::words_of({"online"}, {{"vif", "vif5.0"}})) == 2);
    CHECK(script.store.nodes == before);
    CHECK(script.store.opened == 0);
}

TEST_CASE("S24: a call for the other kind of interface opens neither store nor kernel")
{
    Script script;
    CHECK(script.run(test::words_of({"online", "type_if=tap"}, {{"XENBUS_PATH", test::backend}})) == 0);
    CHECK(script.store.opened == 0);
    CHECK(script.kernels_opened == 0);
}

TEST_CASE("S27: the absolute path is as good as the relative one")
{
    Script script;
    script.store.nodes["/local/domain/0/backend/vif/5/0/bridge"] = "xenbr0";
    CHECK(script.run(test::words_of({"online", "vif=vif5.0", "XENBUS_PATH=/local/domain/0/backend/vif/5/0"}))
        == 0);
    CHECK(script.store.nodes["/local/domain/0/backend/vif/5/0/hotplug-status"] == "connected");
}

TEST_CASE("S20: a tap leaves the vif's nodes alone")
{
    Script script;
    script.store.nodes["/local/domain/0/backend/vif/5/0/bridge"] = "xenbr0";
    const auto before = script.store.nodes;
    CHECK(script.run(test::tap("add")) == 0);
    CHECK(script.store.nodes == before);
    CHECK(script.kernel.link(name("vif5.0-emu")).master);
}

TEST_CASE("S03: offline leaves the status as it was")
{
    Script script;
    REQUIRE(script.run(test::online()) == 0);
    CHECK(script.run(test::offline()) == 0);
    CHECK(script.node("hotplug-status") == "connected");
    CHECK_FALSE(script.is_port());
}

TEST_CASE("S05: offline of a vif that is gone succeeds, and says nothing to Xen")
{
    Script script;
    script.kernel.pull_out("vif5.0");
    const auto before = script.store.nodes;
    CHECK(script.run(test::offline()) == 0);
    CHECK(script.store.nodes == before);
}

TEST_CASE("S32: with a store that cannot be reached, online changes nothing")
{
    Script script;
    script.store.unreachable = true;
    const auto before = script.kernel.state();
    CHECK(script.run(test::online()) == 1);
    CHECK(script.kernel.state() == before);
}

TEST_CASE("S32: with a store that does not answer, online changes nothing")
{
    Script script;
    script.store.fails_to_read = true;
    const auto before = script.kernel.state();
    CHECK(script.run(test::online()) == 1);
    CHECK(script.kernel.state() == before);
}

// Whatever is in the way of a call that goes down, the guest's interface is down and off its bridge after it.
TEST_CASE("S13: a guest goes down though the store cannot be read, and that is told")
{
    Script script;
    REQUIRE(script.run(test::online()) == 0);
    script.store.fails_to_read = GENERATE(true, false);
    script.store.unreachable = !script.store.fails_to_read;
    CHECK(script.run(test::offline()) == 1);
    CHECK_FALSE(script.is_port());
    CHECK_FALSE(script.kernel.link(name("vif5.0")).up);
    if (!script.store.unreachable)
        CHECK_THAT(script.node("hotplug-error"), Catch::Contains("xenstored does not answer"));
}

TEST_CASE("S13: a guest goes down though the kernel cannot be looked at as planned")
{
    Script script;
    REQUIRE(script.run(test::online()) == 0);
    script.planner = [](const auto&, const auto&, const auto&) -> xen::VifPlan {
        throw base::Error("no plan");
    };
    CHECK(script.run(test::offline()) == 1);
    CHECK_FALSE(script.is_port());
    CHECK_FALSE(script.kernel.link(name("vif5.0")).up);
    CHECK(script.node("hotplug-error") == "no plan");
    const auto down = script.kernel.state();
    script.options.dry_run = true;
    CHECK(script.run(test::offline()) == 1);
    CHECK(script.kernel.state() == down);
}

TEST_CASE("S13: the kernel is opened again where that failed, and the guest goes down")
{
    Script script;
    REQUIRE(script.run(test::online()) == 0);
    script.kernels_that_fail = 1;
    CHECK(script.run(test::offline()) == 1);
    CHECK_FALSE(script.is_port());
    CHECK(script.node("hotplug-error") == "opening a netlink socket");
}

TEST_CASE("S13: a step that the kernel refused once is tried again where the link depends on it")
{
    Script script;
    REQUIRE(script.run(test::online()) == 0);
    script.kernel.break_at(0);
    CHECK(script.run(test::offline()) == 1);
    CHECK_FALSE(script.is_port());
    CHECK_FALSE(script.kernel.link(name("vif5.0")).up);
    CHECK_THAT(script.node("hotplug-error"), Catch::Contains("Input/output error"));
}

TEST_CASE("S32: when success cannot be written, online is undone")
{
    Script script;
    script.store.commits_that_succeed = 0;
    const auto before = script.kernel.state();
    CHECK(script.run(test::online()) == 1);
    CHECK(script.kernel.state() == before);
}

TEST_CASE("S63: a driver domain that may not write the guest's mtu connects all the same")
{
    Script script;
    script.store.refused_path = "/local/domain/5/device/vif/0/mtu";
    script.store.commit_error = EACCES;
    CHECK(script.run(test::online()) == 0);
    CHECK(script.node("hotplug-status") == "connected");
    CHECK(script.is_port());
}

TEST_CASE("any other reason why the guest's mtu cannot be written is a failure")
{
    Script script;
    script.store.refused_path = "/local/domain/5/device/vif/0/mtu";
    script.store.commit_error = ENOSPC;
    CHECK(script.run(test::online()) == 1);
    CHECK(script.node("hotplug-status") == "error");
}

TEST_CASE("S13: the mtu is told to the domain, whatever its vif is called")
{
    Script script;
    script.node("vifname") = "web0";
    script.node("mtu") = "1400";
    CHECK(script.run(test::online()) == 0);
    CHECK(script.store.nodes["/local/domain/5/device/vif/0/mtu"] == "1400");
}

TEST_CASE("a dry run prints and changes nothing")
{
    Script script;
    script.options.dry_run = true;
    script.options.json = GENERATE(false, true);
    const auto nodes = script.store.nodes;
    const auto before = script.kernel.state();
    script.add_hook("10.hook", script.tell("ran"));
    CHECK(script.run(test::online()) == 0);
    CHECK(script.store.nodes == nodes);
    CHECK(script.kernel.state() == before);
    CHECK(script.told_by_hooks().empty());
}

TEST_CASE("a dry run that fails is not told to Xen")
{
    Script script;
    script.options.dry_run = true;
    script.node("bridge") = "xenbr7";
    const auto nodes = script.store.nodes;
    CHECK(script.run(test::online()) == 1);
    CHECK(script.store.nodes == nodes);
}

TEST_CASE("without Xenstore the words alone decide, and no store is opened")
{
    Script script;
    script.options.with_xenstore = false;
    script.kernel.add_plain_bridge("other0");
    CHECK(script.run(test::words_of({"online", "vif=vif5.0", "bridge=other0"})) == 0);
    CHECK(script.store.opened == 0);
    CHECK(script.is_port());
}

TEST_CASE("S33: executable hooks run once, in the order of their names, and know what they are called for")
{
    Script script;
    script.node("ip") = "192.0.2.7";
    script.add_hook("20-b.hook", script.tell("b $command $dev $type_if $ip $bridge $XENBUS_PATH $vif"));
    script.add_hook("10-a.hook", script.tell("a"));
    script.add_hook("30-off.hook", script.tell("not executable"), 0644);
    script.add_hook("40-note.txt", script.tell("no hook"));
    CHECK(script.run(test::online()) == 0);
    CHECK(script.told_by_hooks() == "a\nb online vif5.0 vif 192.0.2.7 xenbr0 backend/vif/5/0 vif5.0\n");
}

TEST_CASE("S33: hooks run for a vif that goes down, too")
{
    Script script;
    REQUIRE(script.run(test::online()) == 0);
    script.add_hook("10.hook", script.tell("$command $dev"));
    CHECK(script.run(test::offline()) == 0);
    CHECK(script.told_by_hooks() == "offline vif5.0\n");
}

TEST_CASE("a hook runs before Xen is told of success, and one that fails makes online a failure")
{
    Script script;
    const auto before = script.kernel.state();
    script.add_hook("10.hook", script.tell("first"));
    script.add_hook("20.hook", "exit 3");
    script.add_hook("30.hook", script.tell("third"));
    CHECK(script.run(test::online()) == 1);
    CHECK(script.node("hotplug-status") == "error");
    CHECK_THAT(script.node("hotplug-error"), Catch::Contains("20.hook failed with exit status 3"));
    CHECK(script.told_by_hooks() == "first\n");
    CHECK(script.kernel.state() == before);
}

TEST_CASE("a folder of hooks that is missing is no error")
{
    Script script;
    script.hook_folder = "/nonexistent";
    CHECK(script.run(test::online()) == 0);
}

TEST_CASE("online of a back end that is not in xenstore, or goes while it is read, changes nothing and makes "
          "nothing anew")
{
    Script script;
    script.store.goes_when_read = GENERATE(true, false);
    if (!script.store.goes_when_read)
        script.store.nodes.clear();
    const auto before = script.kernel.state();
    CHECK(script.run(test::online()) == 1);
    CHECK(script.kernel.state() == before);
    CHECK(script.store.nodes.empty());
}

TEST_CASE("a reason that is longer than xenstore takes is cut, and told")
{
    Script script;
    script.add_hook("10.hook", "exit 3");
    script.hook_folder += std::string(4060 - script.hook_folder.size(), '/');
    CHECK(script.run(test::online()) == 1);
    CHECK(script.node("hotplug-status") == "error");
    CHECK(script.node("hotplug-error").size() < 4000);
}

TEST_CASE("where the reason cannot be told to Xen, that it failed can")
{
    Script script;
    script.node("bridge") = "xenbr7";
    script.store.refused_path = test::backend + std::string("/hotplug-error");
    script.store.commit_error = ENOSPC;
    CHECK(script.run(test::online()) == 1);
    CHECK(script.node("hotplug-status") == "error");
}

TEST_CASE("a hook that others may change is refused by name, before anything is done")
{
    const mode_t mode = GENERATE(0777, 0757);
    Script script;
    script.add_hook("10.hook", script.tell("ran"), mode);
    const auto before = script.kernel.state();
    CHECK(script.run(test::online()) == 1);
    CHECK_THAT(script.node("hotplug-error"), Catch::Contains("10.hook is refused"));
    CHECK(script.kernel.state() == before);
    CHECK(script.told_by_hooks().empty());
}

TEST_CASE("a folder of hooks that others may change is refused; a guest goes down all the same")
{
    Script script;
    REQUIRE(script.run(test::online()) == 0);
    script.add_hook("10.hook", script.tell("ran"));
    ::chmod(script.hook_folder.c_str(), 0777);
    CHECK(script.run(test::offline()) == 1);
    CHECK_FALSE(script.is_port());
    CHECK(script.told_by_hooks().empty());
}

TEST_CASE("a hook that never ends is ended, and online undone and told")
{
    Script script;
    script.began = xen::Turn::Clock::now() - std::chrono::hours(1); // no time is left for hooks
    script.add_hook("10.hook", "while :; do sleep 60; done");
    const auto before = script.kernel.state();
    CHECK(script.run(test::online()) == 1);
    CHECK_THAT(script.node("hotplug-error"), Catch::Contains("10.hook was ended"));
    CHECK(script.kernel.state() == before);
}

TEST_CASE("a call that a later one overtook does nothing, successfully")
{
    Script script;
    script.turns = script.scratch.path() + "/turns";
    const auto later = script.began;
    const auto earlier = later - std::chrono::seconds(1);
    REQUIRE(script.run(test::online()) == 0);
    script.began = earlier;
    CHECK(script.run(test::offline()) == 0);
    CHECK(script.is_port());
    script.began = later;
    CHECK(script.run(test::offline()) == 0);
    CHECK_FALSE(script.is_port());
    const auto store = script.store.nodes;
    script.began = earlier;
    CHECK(script.run(test::online()) == 0);
    CHECK_FALSE(script.is_port());
    CHECK(script.store.nodes == store);
}

TEST_CASE("an online that failed overtakes nobody")
{
    Script script;
    script.turns = script.scratch.path() + "/turns";
    script.node("bridge") = "xenbr7";
    REQUIRE(script.run(test::online()) == 1);
    script.node("bridge") = "xenbr0";
    script.began -= std::chrono::seconds(1);
    CHECK(script.run(test::online()) == 0);
    CHECK(script.is_port());
}

TEST_CASE("where no turn can be had for want of a file, who goes up is refused, and who goes down is not")
{
    Script script;
    REQUIRE(script.run(test::online()) == 0);
    script.turns = script.scratch.path(); // a folder
    CHECK(script.run(test::online()) == 1);
    CHECK(script.is_port());
    CHECK(script.run(test::offline()) == 0);
    CHECK_FALSE(script.is_port());
}
