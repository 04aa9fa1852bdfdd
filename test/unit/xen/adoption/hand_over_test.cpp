#include "xen/adoption/hand_over.h"

#include "base/error.h"
#include "base/file.h"
#include "catch.h"
#include "scratch_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>

namespace fs = std::filesystem;

namespace {

constexpr const char* programs = "/usr/libexec/dom0net";

// A host's files, below a folder of their own.
class Host {
public:
    Host()
    {
        for (const auto* const name : {"vif-bridge", "vif-route", "vif-nat", "network-bridge"})
            put(std::string(programs) + "/" + name, std::string("ours ") + name, 0755);
        put("/etc/xen/xl.conf", "# stock\n#vif.default.script=\"vif-bridge\"\n");
        for (const auto* const name : {"vif-bridge", "vif-route", "vif-nat", "vif-openvswitch", "block"})
            put(std::string("/etc/xen/scripts/") + name, std::string("#!/bin/bash\n# stock ") + name + "\n",
                0755);
    }

    std::string at(const std::string& path) const { return folder_.path() + path; }
    xen::HandOver hand_over() const { return xen::HandOver(folder_.path(), programs); }

    void put(const std::string& path, const std::string& content, unsigned mode = 0644) const
    {
        fs::create_directories(fs::path(at(path)).parent_path());
        fs::remove(at(path));
        base::replace_file(at(path), content, mode);
    }

    std::string text(const std::string& path) const
    {
        return base::read_file(at(path)).value_or("(nothing)");
    }

    // Everything that is there: names, kinds, modes, contents.
    std::map<std::string, std::string> all() const
    {
        std::map<std::string, std::string> found;
        for (const auto& each : fs::recursive_directory_iterator(folder_.path())) {
            const auto name = fs::relative(each.path(), folder_.path()).string();
            if (name == "var" || name == "var/lib")
                continue;
            const auto mode = std::to_string(static_cast<unsigned>(each.symlink_status().permissions()));
            found[name] = mode + " "
                + (each.is_symlink()             ? "-> " + fs::read_symlink(each.path()).string()
                        : each.is_regular_file() ? base::read_file(each.path()).value_or("")
                                                 : "");
        }
        return found;
    }

private:
    test::ScratchFolder folder_;
};

std::string fault_of(const Host& host, const xen::HandOverOptions& options = {})
{
    try {
        host.hand_over().enable(options);
    } catch (const base::Error& error) {
        return error.what();
    }
    return "none";
}

bool says(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("enable adds one line to xl.conf, and nothing else; disable takes it away")
{
    const Host host;
    const auto before = host.all();
    host.hand_over().enable({});
    CHECK(says(host.text("/etc/xen/xl.conf"), "\nvif.default.script=\"/usr/libexec/dom0net/vif-bridge\"\n"));
    CHECK(host.text("/etc/xen/scripts/vif-bridge") == "#!/bin/bash\n# stock vif-bridge\n");
    CHECK(host.hand_over().enable({}) == "Nothing to do: it is in place already.\n");
    host.hand_over().disable({});
    CHECK(host.all() == before);
    CHECK(host.hand_over().disable({}) == "Nothing to do: nothing is enabled.\n");
}

TEST_CASE(
    "enable --names puts links in place of the scripts that we have programs for; disable puts those back")
{
    const Host host;
    const auto before = host.all();
    host.hand_over().enable({.names = true});
    CHECK(fs::read_symlink(host.at("/etc/xen/scripts/vif-bridge")) == "/usr/libexec/dom0net/vif-bridge");
    CHECK(fs::read_symlink(host.at("/etc/xen/scripts/network-bridge"))
        == "/usr/libexec/dom0net/network-bridge");
    CHECK(host.text("/etc/xen/scripts/vif-bridge.dom0net-saved") == "#!/bin/bash\n# stock vif-bridge\n");
    CHECK(host.all().at("etc/xen/scripts/vif-openvswitch") == before.at("etc/xen/scripts/vif-openvswitch"));
    CHECK(host.hand_over().enable({}) == "Nothing to do: it is in place already.\n");
    host.hand_over().disable({});
    CHECK(host.all() == before);
}

TEST_CASE("what disable puts back is the very file that was there")
{
    const Host host;
    struct stat before {
    }, after{};
    ::stat(host.at("/etc/xen/xl.conf").c_str(), &before);
    host.hand_over().enable({.names = true});
    host.hand_over().disable({});
    ::stat(host.at("/etc/xen/xl.conf").c_str(), &after);
    CHECK(before.st_ino == after.st_ino);
    CHECK(before.st_nlink == after.st_nlink);
}

TEST_CASE("disable --names gives the names back, and leaves xl.conf")
{
    const Host host;
    host.hand_over().enable({});
    const auto enabled = host.all();
    host.hand_over().enable({.names = true});
    host.hand_over().disable({.names = true});
    CHECK(host.all() == enabled);
}

TEST_CASE("where libvirt has an AppArmor profile names are copies, and the profile gets a line")
{
    const Host host;
    host.put("/etc/apparmor.d/usr.sbin.libvirtd", "profile\n");
    host.put("/etc/apparmor.d/local/usr.sbin.libvirtd", "# mine\n");
    const auto before = host.all();
    CHECK(says(
        host.hand_over().enable({.names = true}), "apparmor_parser -r /etc/apparmor.d/usr.sbin.libvirtd"));
    CHECK(host.text("/etc/xen/scripts/vif-bridge") == "ours vif-bridge");
    CHECK(host.all().at("etc/xen/scripts/vif-bridge") == host.all().at("usr/libexec/dom0net/vif-bridge"));
    CHECK(says(host.text("/etc/apparmor.d/local/usr.sbin.libvirtd"), "# mine\n"));
    CHECK(says(host.text("/etc/apparmor.d/local/usr.sbin.libvirtd"), "\n/usr/libexec/dom0net/** PUx,\n"));
    host.hand_over().disable({});
    CHECK(host.all() == before);
}

TEST_CASE("what has been changed in xl.conf since enable stays after disable")
{
    const Host host;
    host.hand_over().enable({});
    host.put("/etc/xen/xl.conf", host.text("/etc/xen/xl.conf") + "autoballoon=0\n");
    CHECK(host.hand_over().enable({}) == "Nothing to do: it is in place already.\n");
    host.hand_over().disable({});
    CHECK(host.text("/etc/xen/xl.conf") == "# stock\n#vif.default.script=\"vif-bridge\"\nautoballoon=0\n");
    CHECK_FALSE(fs::exists(host.at("/etc/xen/xl.conf.dom0net-saved")));
}

TEST_CASE("a script that was named in xl.conf after enable is refused; one of ours is put right, and disable "
          "leaves no line")
{
    const Host host;
    host.hand_over().enable({});
    const auto enabled = host.text("/etc/xen/xl.conf");
    host.put("/etc/xen/xl.conf", enabled + "vif.default.script=\"my-vif\"\n");
    CHECK_THAT(fault_of(host), Catch::Matchers::Contains("guests get 'my-vif'"));
    host.put("/etc/xen/xl.conf", enabled + "vif.default.script=\"vif-route\"\n");
    host.hand_over().enable({});
    CHECK(says(host.text("/etc/xen/xl.conf"), "\nvif.default.script=\"/usr/libexec/dom0net/vif-route\"\n"));
    host.hand_over().disable({});
    CHECK(host.text("/etc/xen/xl.conf")
        == "# stock\n#vif.default.script=\"vif-bridge\"\nvif.default.script=\"vif-route\"\n");
}

TEST_CASE("a host without xl.conf gets one, and is without it after disable")
{
    const Host host;
    fs::remove(host.at("/etc/xen/xl.conf"));
    const auto before = host.all();
    host.hand_over().enable({});
    CHECK(says(host.text("/etc/xen/xl.conf"), "vif.default.script="));
    host.hand_over().disable({});
    CHECK(host.all() == before);
}

TEST_CASE("after an update of Xen the new script is the saved one, and ours is back")
{
    const Host host;
    host.hand_over().enable({.names = true});
    host.put("/etc/xen/scripts/vif-bridge", "#!/bin/bash\n# newer stock\n", 0755);
    CHECK(says(host.hand_over().again(), "/etc/xen/scripts/vif-bridge: ours is put in place"));
    CHECK(fs::is_symlink(host.at("/etc/xen/scripts/vif-bridge")));
    host.hand_over().disable({});
    CHECK(host.text("/etc/xen/scripts/vif-bridge") == "#!/bin/bash\n# newer stock\n");
}

TEST_CASE("an update of Xen that nobody told us about stays after disable")
{
    const Host host;
    host.hand_over().enable({.names = true});
    host.put("/etc/xen/scripts/vif-bridge", "#!/bin/bash\n# newer stock\n", 0755);
    host.hand_over().disable({});
    CHECK(host.text("/etc/xen/scripts/vif-bridge") == "#!/bin/bash\n# newer stock\n");
    CHECK_FALSE(fs::exists(host.at("/etc/xen/scripts/vif-bridge.dom0net-saved")));
}

TEST_CASE("after an update of ours the copies are renewed, and disable still gives Xen's back")
{
    const Host host;
    host.put("/etc/apparmor.d/usr.sbin.libvirtd", "profile\n"); // and no folder local
    const auto stock = host.all().at("etc/xen/scripts/vif-bridge");
    host.hand_over().enable({.names = true});
    host.put(std::string(programs) + "/vif-bridge", "ours, newer", 0755);
    host.hand_over().again();
    CHECK(host.text("/etc/xen/scripts/vif-bridge") == "ours, newer");
    host.hand_over().disable({});
    CHECK(host.all().at("etc/xen/scripts/vif-bridge") == stock);
}

TEST_CASE("again does nothing where nothing was enabled")
{
    const Host host;
    const auto before = host.all();
    CHECK(host.hand_over().again().empty());
    CHECK(host.all() == before);
}

TEST_CASE("a dry run says what would be done, and does nothing")
{
    const Host host;
    const auto before = host.all();
    CHECK(says(host.hand_over().enable({.names = true, .dry_run = true}), "xl.conf: a line is added"));
    CHECK(host.all() == before);
    host.hand_over().enable({.names = true});
    const auto enabled = host.all();
    CHECK(says(host.hand_over().disable({.dry_run = true}), "xl.conf: would be given back"));
    CHECK(host.all() == enabled);
}

TEST_CASE("guests keep the kind of script that xl.conf names")
{
    const Host host;
    host.put("/etc/xen/xl.conf", "vif.default.script=\"/etc/xen/scripts/vif-route\"\n");
    host.hand_over().enable({});
    CHECK(says(host.text("/etc/xen/xl.conf"), "\nvif.default.script=\"/usr/libexec/dom0net/vif-route\"\n"));
}

TEST_CASE("where xl.conf names no script, guests keep the kind that xend gave them")
{
    const Host host;
    host.put("/etc/xen/xend-config.sxp", "(vif-script 'vif-route gatewaydev=eth1')\n");
    host.hand_over().enable({});
    CHECK(says(host.text("/etc/xen/xl.conf"), "\nvif.default.script=\"/usr/libexec/dom0net/vif-route\"\n"));
    host.hand_over().disable({});
    host.put("/etc/xen/xend-config.sxp", "(vif-script\n");
    CHECK_THAT(
        fault_of(host), Catch::Matchers::Contains("xend-config.sxp:2: the list that begins in line 1"));
}

TEST_CASE("where xl.conf names our program already it stays as it is written")
{
    const Host host;
    host.put("/etc/xen/xl.conf", "vif.default.script=\"/usr/libexec/dom0net/vif-route\"\n");
    const auto before = host.all();
    CHECK(host.hand_over().enable({}) == "Nothing to do: it is in place already.\n");
    CHECK(host.all() == before);
}

TEST_CASE("enable refuses in one sentence, and changes nothing")
{
    const Host host;
    const auto refuses = [&](const std::string& xl_conf, const std::string& reason) {
        host.put("/etc/xen/xl.conf", xl_conf);
        const auto before = host.all();
        CHECK_THAT(fault_of(host, {.names = true}), Catch::Matchers::Contains(reason));
        CHECK(host.all() == before);
    };
    refuses("# mine\nvif.default.script=\"my-vif\"\n",
        "xl.conf:2: guests get 'my-vif', in whose place dom0net has nothing");
    refuses("vif.default.script=\"vif-openvswitch\"\n", "xl.conf:1: guests get 'vif-openvswitch'");
    refuses("vif.default.script=\"vif-br", "xl.conf:1: a text is not ended by a quote");
    refuses(std::string("a\0b", 3), "xl.conf:1: there is no \"=\" after a");
    refuses(std::string(10 << 20, '#'), "has more than 1048576 bytes");
    host.put("/etc/xen/xl.conf", "");
    ::chmod(host.at("/etc/xen/scripts/vif-nat").c_str(), 0777);
    refuses("", "others than root may write " + host.at("/etc/xen/scripts/vif-nat"));
    ::chmod(host.at("/etc/xen/scripts/vif-nat").c_str(), 0755);
    ::chmod(host.at("/etc/xen/scripts").c_str(), 0777);
    refuses("", "others than root may write " + host.at("/etc/xen/scripts:"));
    ::chmod(host.at("/etc/xen/scripts").c_str(), 0755);
    host.put("/etc/xen/xl.conf", "", 0666);
    CHECK_THAT(fault_of(host),
        Catch::Matchers::Contains("others than root may write " + host.at("/etc/xen/xl.conf")));
    fs::remove(host.at("/usr/libexec/dom0net/vif-bridge"));
    refuses(
        "", "there is no " + host.at("/usr/libexec/dom0net/vif-bridge") + ": install dom0net there first");
    fs::remove_all(host.at("/etc/xen"));
    CHECK_THAT(fault_of(host), Catch::Matchers::Contains("install Xen's tools first"));
}

TEST_CASE("a record that makes no sense is told, and nothing is changed")
{
    const Host host;
    host.hand_over().enable({});
    host.put("/var/lib/dom0net/enabled.json", "{\"names\": 7");
    const auto before = host.all();
    CHECK_THAT(fault_of(host), Catch::Matchers::Contains("enabled.json makes no sense"));
    CHECK(host.all() == before);
}
