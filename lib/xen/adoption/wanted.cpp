// What "dom0net enable" wants where: our programs under the names of Xen's scripts, the line in xl.conf, and
// the one that lets libvirt's AppArmor profile run what our programs run.
#include "xen/adoption/hand_over.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "xen/adoption/our_line.h"
#include "xen/adoption/xend_config.h"
#include "xen/adoption/xl_conf.h"
#include "xen/call/paths.h"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace xen {

namespace {

constexpr std::array<std::string_view, 4> vif_programs{
    "vif-bridge", "vif-route", "vif-nat", "vif-openvswitch"};
// The wrappers that people wrote for xend call them beside themselves.
constexpr std::array<std::string_view, 3> network_programs{"network-bridge", "network-route", "network-nat"};
// As far as they are installed. They let libvirt execute what lies in /etc/xen/scripts, links not followed,
// and little else.
constexpr std::array<std::string_view, 2> libvirt_profiles{"usr.sbin.libvirtd", "usr.sbin.virtxend"};
constexpr std::string_view profile_folder = "/etc/apparmor.d/";

} // namespace

std::vector<std::string> HandOver::profiles() const
{
    std::vector<std::string> found;
    for (const auto name : libvirt_profiles)
        if (const auto path = std::string(profile_folder).append(name);
            base::is_accessible(root_ + path, F_OK))
            found.push_back(path);
    return found;
}

std::string HandOver::program_for(const std::string& script, const std::string& place) const
{
    const auto slash = script.rfind('/');
    const auto name = slash == std::string::npos ? script : script.substr(slash + 1);
    const auto path = programs_ + "/" + name;
    const bool is_xens = slash == std::string::npos || script.substr(0, slash) == paths::scripts;
    const bool is_known = std::ranges::find(vif_programs, name) != vif_programs.end();
    const bool is_there = base::is_accessible(root_ + path, F_OK);
    if (script != path && (!is_xens || !is_known || (!is_there && name != vif_programs.front())))
        throw base::Error(place + ": guests get " + base::quoted(script)
            + ", in whose place dom0net has nothing: take that line out, or name the script for the guests "
              "that need it"
              " (script=), then run this again");
    if (!is_there)
        throw base::Error("there is no " + root_ + path + ": install dom0net there first");
    return path;
}

// What guests got from xend where the host was set up for it; xl cannot give a script more words.
std::string HandOver::xends_program() const
{
    const auto place = root_ + paths::xend_config;
    need_trusted(place);
    const auto script = parse_xend_config(read(paths::xend_config), place).vif_script;
    if (!script)
        return program_for(std::string(vif_programs.front()), root_ + paths::xl_conf);
    const auto name = script->text.substr(0, script->text.find(' '));
    return program_for(name, place + ":" + std::to_string(script->line));
}

std::optional<HandOver::Wanted> HandOver::wanted_xl_conf() const
{
    need_trusted(root_ + paths::xl_conf);
    const auto place = root_ + paths::xl_conf;
    const auto text = read(paths::xl_conf);
    // What xl cannot read is to be mended first; told with the line numbers of the whole file.
    const auto now =
        default_vif_script(parse_xl_conf(text, place)); // a later line may have more to say than ours
    const auto rest = without_our_line(text);
    const auto chosen = default_vif_script(parse_xl_conf(rest, place));
    const auto program =
        chosen ? program_for(chosen->value, place + ":" + std::to_string(chosen->line)) : xends_program();
    if (chosen && chosen->value == program) // as the administrator wrote it
        return std::nullopt;
    return Wanted{.path = paths::xl_conf,
        .is_line = true,
        .content = with_our_line(
            now && now->value == program ? text : rest, "vif.default.script=\"" + program + "\"")};
}

HandOver::Wanted HandOver::wanted_name(const std::string& name, bool copied) const
{
    const auto program = programs_ + "/" + name;
    const auto path = std::string(paths::scripts) + "/" + name;
    if (!copied)
        return {.path = path, .link = program};
    return {.path = path, .content = base::read_regular_file(root_ + program).value_or("")};
}

std::vector<HandOver::Wanted> HandOver::wanted_profiles() const
{
    std::vector<Wanted> found;
    for (const auto& profile : profiles()) {
        const auto local = std::string(profile_folder) + "local/" + base::split(profile, '/').back();
        if (!base::is_accessible(root_ + base::folder_of(local), F_OK))
            continue;
        need_trusted(root_ + local);
        found.push_back(
            {.path = local, .is_line = true, .content = with_our_line(read(local), programs_ + "/** PUx,")});
    }
    return found;
}

std::vector<HandOver::Wanted> HandOver::wanted(bool names) const
{
    std::vector<Wanted> found;
    const bool copied = !profiles().empty();
    const auto add = [&](std::string_view name) {
        if (base::is_accessible(root_ + programs_ + "/" + std::string(name), F_OK))
            found.push_back(wanted_name(std::string(name), copied));
    };
    if (names) {
        std::ranges::for_each(vif_programs, add);
        std::ranges::for_each(network_programs, add);
        std::ranges::move(wanted_profiles(), std::back_inserter(found));
    }
    if (auto xl_conf = wanted_xl_conf())
        found.push_back(std::move(*xl_conf));
    return found;
}

std::string HandOver::advice(bool names) const
{
    std::string text;
    if (names)
        for (const auto& profile : profiles())
            text += "AppArmor: run \"apparmor_parser -r " + profile + "\".\n";
    else if (base::is_accessible(root_ + "/usr/sbin/libvirtd", F_OK)
        || base::is_accessible(root_ + "/usr/sbin/virtxend", F_OK))
        text += "libvirt does not read xl.conf: \"dom0net enable --names\" is for its guests.\n";
    return text;
}

} // namespace xen
