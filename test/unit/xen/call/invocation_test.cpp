#include "base/error.h"
#include "catch.h"
#include "vif_call.h"

using test::words_of;
using xen::Action;
using xen::InterfaceType;
using xen::Invocation;
using xen::VifId;
using xen::VifSettings;

namespace {

std::optional<VifId> id_of_vif(const std::string& path, const std::string& vif)
{
    return Invocation::parse(words_of({"online", "vif=" + vif, "XENBUS_PATH=" + path}), true)->id;
}

} // namespace

TEST_CASE("a call of libxl is understood")
{
    const auto call = Invocation::parse(test::online(), true).value();
    CHECK(call.action == Action::online);
    CHECK(call.type == InterfaceType::vif);
    CHECK(call.device.str() == "vif5.0");
    CHECK(call.id == VifId{5, 0});
    CHECK(call.xenbus_path == test::backend);
    CHECK(call.going_up());
    CHECK_FALSE(Invocation::parse(test::offline(), true)->going_up());
}

TEST_CASE("a tap's path is told by its name, and is absolute")
{
    const auto call = Invocation::parse(test::tap("add"), true).value();
    CHECK(call.type == InterfaceType::tap);
    CHECK(call.device.str() == "vif5.0-emu");
    CHECK(call.xenbus_path == "/local/domain/0/backend/vif/5/0");
    CHECK(call.going_up());
    CHECK_FALSE(Invocation::parse(test::tap("remove"), true)->going_up());
}

TEST_CASE("S24: a call for the other kind of interface is left alone, whatever else it says")
{
    CHECK_FALSE(Invocation::parse(words_of({"online", "type_if=tap"}), true));
    CHECK_FALSE(Invocation::parse(words_of({"offline", "type_if=tap"}), true));
    CHECK_FALSE(Invocation::parse(words_of({"add", "type_if=vif"}), true));
    CHECK_FALSE(Invocation::parse(words_of({"remove"}), true));
}

TEST_CASE("S25: an unknown command or type is the caller's fault")
{
    const auto argv = GENERATE(as<std::vector<std::string>>(), std::vector<std::string>{},
        std::vector<std::string>{"start"}, std::vector<std::string>{"Online"},
        std::vector<std::string>{"online", "type_if=foo"}, std::vector<std::string>{"online", "type_if="});
    CHECK_THROWS_AS(
        Invocation::parse(words_of(argv, {{"XENBUS_PATH", test::backend}, {"vif", "vif5.0"}}), true),
        base::UsageError);
}

TEST_CASE("S25: an unknown command is told in the words that Xen's scripts used")
{
    CHECK_THROWS_WITH(
        Invocation::parse(words_of({"start"}), true), Catch::StartsWith("Invalid command: 'start'"));
    CHECK_THROWS_WITH(Invocation::parse(words_of({"online", "type_if=foo"}), true),
        Catch::StartsWith("unknown interface type 'foo'"));
}

TEST_CASE("the type is what the command line says; the environment has no part in it")
{
    CHECK(Invocation::parse(
        words_of({"online"}, {{"type_if", "tap"}, {"vif", "vif5.0"}, {"XENBUS_PATH", "backend/vif/5/0"}}),
        true));
}

TEST_CASE("S23, S26: without a path or an interface there is nothing to do it to")
{
    CHECK_THROWS_AS(Invocation::parse(words_of({"online"}, {{"vif", "vif5.0"}}), true), base::UsageError);
    CHECK_THROWS_AS(
        Invocation::parse(words_of({"online"}, {{"XENBUS_PATH", test::backend}}), true), base::UsageError);
    CHECK_THROWS_AS(
        Invocation::parse(words_of({"add", "type_if=tap"}, {{"XENBUS_PATH", test::backend}}), true),
        base::UsageError);
    CHECK_THROWS_AS(
        Invocation::parse(words_of({"add", "type_if=tap", "INTERFACE=tap0"}), true), base::UsageError);
    CHECK_THROWS_AS(
        Invocation::parse(words_of({"online", "vif=a/b", "XENBUS_PATH=x"}), true), base::UsageError);
}

TEST_CASE("without Xenstore a path is not needed, and a tap may be called anything")
{
    CHECK(Invocation::parse(words_of({"online", "vif=veth7"}), false)->device.str() == "veth7");
    CHECK(
        Invocation::parse(words_of({"add", "type_if=tap", "INTERFACE=tap0"}), false)->device.str() == "tap0");
    CHECK(Invocation::parse(words_of({"online", "vif=vif5.0"}), false)->xenbus_path.empty());
}

TEST_CASE("S27: domain and device are read off the path, else off the name")
{
    CHECK(id_of_vif("backend/vif/5/0", "web0") == VifId{5, 0});
    CHECK(id_of_vif("/local/domain/3/backend/vif/17/2", "vif17.2") == VifId{17, 2});
    CHECK(id_of_vif("x", "vif300.12") == VifId{300, 12});
    CHECK_FALSE(id_of_vif("x", "vif300"));
    CHECK_FALSE(id_of_vif("x", "vif3.-1"));
    CHECK_FALSE(id_of_vif("x", "vif4294967296.0"));
    CHECK_FALSE(id_of_vif("backend/vif/a/0", "web0"));
}

TEST_CASE("a path and a name of two interfaces are refused, whichever is wrong")
{
    CHECK_THROWS_WITH(id_of_vif("backend/vif/5/0", "vif6.0"), Catch::Contains("not the same interface"));
    CHECK_THROWS_AS(id_of_vif("backend/vif/5/0", "vif5.1"), base::UsageError);
    CHECK_THROWS_AS(id_of_vif("backend/vif/5/0", "vif5.0-emu"), base::UsageError);
    CHECK_THROWS_AS(
        Invocation::parse(
            words_of({"add", "type_if=tap", "INTERFACE=vif6.0-emu"}, {{"XENBUS_PATH", test::backend}}), true),
        base::UsageError);
}

TEST_CASE("an interface that the caller calls by another name is known by the kernel's")
{
    const auto call =
        Invocation::parse(words_of({"offline", "vif=web0", "XENBUS_PATH=backend/vif/5/0"}), true);
    CHECK(call->device.str() == "vif5.0");
    CHECK(call->called.str() == "web0");
}

TEST_CASE("a tap may be called as Xen 4.1 and XAPI call it")
{
    const auto call = Invocation::parse(words_of({"add", "type_if=tap", "INTERFACE=tap5.0"}), true);
    CHECK(call->id == VifId{5, 0});
    CHECK(call->xenbus_path == "/local/domain/0/backend/vif/5/0");
    CHECK_THROWS_AS(
        Invocation::parse(words_of({"add", "type_if=tap", "INTERFACE=vif5.0"}), true), base::UsageError);
}

TEST_CASE("going up, all settings are of one moment, and a folder that is not there is an error")
{
    auto content = test::store_of_vif();
    const test::FakeXenstore store(content);
    const auto words = words_of({});
    const auto settings = VifSettings::of_one_moment(words, store, test::backend);
    content.nodes["backend/vif/5/0/bridge"] = "other";
    content.nodes["backend/vif/5/0/ip"] = "192.0.2.7";
    CHECK(settings.find("bridge")->text == "xenbr0");
    CHECK_FALSE(settings.find("ip"));
    content.nodes.clear();
    CHECK_THROWS_WITH(settings.find("handle"), Catch::Contains("has gone from xenstore"));
    CHECK_THROWS_WITH(
        VifSettings::of_one_moment(words, store, test::backend), Catch::Contains("is not in xenstore"));
}

TEST_CASE("the name of another guest's interface cannot be a vifname")
{
    test::StoreContent content{.nodes = {{"backend/vif/5/0/vifname", "vif6.0"}}};
    const test::FakeXenstore store(content);
    const auto words = test::online();
    const auto call = Invocation::parse(words, true).value();
    CHECK_THROWS_WITH(xen::wanted_name(call, VifSettings(words, &store, call.xenbus_path)),
        Catch::Contains("another guest's interface"));
}

TEST_CASE("S10: Xenstore wins over the command line, that over the environment")
{
    auto content = test::store_of_vif();
    const test::FakeXenstore store(content);
    const auto words = words_of({"bridge=b"}, {{"bridge", "a"}, {"script", "s"}});
    CHECK(VifSettings(words, &store, test::backend).find("bridge")->text == "xenbr0");
    CHECK(VifSettings(words, &store, test::backend).find("bridge")->from_xenstore);
    content.nodes.erase("backend/vif/5/0/bridge");
    const VifSettings settings(words, &store, test::backend);
    CHECK(settings.find("bridge")->text == "b");
    CHECK_FALSE(settings.find("bridge")->from_xenstore);
    CHECK(settings.find("script")->text == "s");
    CHECK_FALSE(settings.find("vifname"));
}

TEST_CASE("S10: an empty node in Xenstore hides what the others say")
{
    auto content = test::store_of_vif();
    content.nodes["backend/vif/5/0/ip"] = "";
    const test::FakeXenstore store(content);
    const auto words = words_of({"ip=192.0.2.1"});
    CHECK_FALSE(VifSettings(words, &store, test::backend).find("ip"));
    CHECK(VifSettings(words, nullptr, test::backend).find("ip")->text == "192.0.2.1");
}

TEST_CASE("a bad setting is the toolstack's affair or the caller's, by where it comes from")
{
    auto content = test::store_of_vif();
    content.nodes["backend/vif/5/0/bridge"] = "a/b";
    const test::FakeXenstore store(content);
    const auto words = words_of({"bridge=a/b", "mtu=1400"});
    const VifSettings from_store(words, &store, test::backend);
    const VifSettings from_words(words, nullptr, test::backend);
    CHECK_THROWS_AS(from_words.get("bridge", net::IfName::parse), base::UsageError);
    CHECK_THROWS_WITH(from_store.get("bridge", net::IfName::parse),
        Catch::StartsWith("bridge 'a/b' is not an interface name: "));
    CHECK_FALSE(from_words.get("vifname", net::IfName::parse).has_value());
    try {
        from_store.get("bridge", net::IfName::parse);
        FAIL("it was taken");
    } catch (const base::UsageError&) {
        FAIL("it was blamed on the caller");
    } catch (const base::Error&) {
        SUCCEED();
    }
}

TEST_CASE("S13, S22: the vifname is the name, with -emu behind it for a tap")
{
    const auto wanted = [](const xen::Words& words, const std::string& vifname) {
        test::StoreContent content{.nodes = {{"backend/vif/5/0/vifname", vifname},
                                       {"/local/domain/0/backend/vif/5/0/vifname", vifname}}};
        const test::FakeXenstore store(content);
        const auto call = Invocation::parse(words, true).value();
        return xen::wanted_name(call, VifSettings(words, &store, call.xenbus_path)).str();
    };
    CHECK(wanted(test::online(), "web0") == "web0");
    CHECK(wanted(test::tap("add"), "web0") == "web0-emu");
    CHECK(wanted(test::online(), "") == "vif5.0");
    CHECK(wanted(test::online(), "123456789012345") == "123456789012345");
    CHECK_THROWS_AS(wanted(test::online(), "1234567890123456"), base::Error); // S15
    CHECK(wanted(test::tap("add"), "12345678901") == "12345678901-emu");
    CHECK_THROWS_WITH(wanted(test::tap("add"), "123456789012"), Catch::Contains("longer than 11 characters"));
    CHECK(wanted(test::offline(), "1234567890123456") == "vif5.0");
    CHECK(wanted(test::offline(), "a/b") == "vif5.0");
}
