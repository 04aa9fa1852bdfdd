#include "base/control_group.h"

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/text.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace base {

namespace {

// A hierarchy of control groups that service managers keep their services in, and where the process is in it.
struct Membership {
    std::string hierarchy; // "name=systemd"; empty for that of cgroup2
    std::string group;

    bool operator==(const Membership&) const = default;
};

// Each line is NUMBER:CONTROLLERS:GROUP. Hierarchies that only hold controllers end nobody.
std::vector<Membership> memberships()
{
    std::vector<Membership> found;
    for (const auto& line : split(read_file("/proc/self/cgroup").value_or(""), '\n')) {
        const auto parts = split(line, ':');
        if (parts.size() >= 3 && (parts[1].empty() || parts[1].starts_with("name=")))
            found.push_back({parts[1], parts[2]});
    }
    return found;
}

bool has(const std::string& options, const std::string& wanted)
{
    for (const auto& option : split(options, ','))
        if (option == wanted)
            return true;
    return false;
}

// The newest first: an older one may be hidden by it. As in proc(5): ID parent MAJOR:MINOR root MOUNTPOINT
// options [tags...] - TYPE source OPTIONS.
std::vector<std::string> mount_points(const std::string& hierarchy)
{
    std::vector<std::string> found;
    for (const auto& line : split(read_file("/proc/self/mountinfo").value_or(""), '\n')) {
        const auto dash = line.find(" - ");
        const auto about = words(line.substr(0, dash));
        const auto type = words(dash == std::string::npos ? "" : line.substr(dash + 3));
        if (about.size() < 5 || type.size() < 3)
            continue;
        if (hierarchy.empty() ? type[0] == "cgroup2" : type[0] == "cgroup" && has(type[2], hierarchy))
            found.insert(found.begin(), about[4]);
    }
    return found;
}

void pause()
{
    const timespec moment{0, 20'000'000};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, nullptr);
}

bool move_process(const std::string& process, const std::string& group)
{
    constexpr auto of_another_namespace = "0"; // as what is written, it would mean ourselves
    if (process == of_another_namespace)
        return false;
    try {
        write_file(group + "/cgroup.procs", process);
        return true;
    } catch (const SystemError&) { // it may just have ended
        return false;
    }
}

// With our children, which may live on for a moment: the kernel keeps a group that has a process.
void empty_and_remove(const std::string& folder)
{
    for (bool moved = true; moved && ::rmdir(folder.c_str()) != 0 && errno == EBUSY;) {
        moved = false;
        for (const auto& process : words(read_file(folder + "/cgroup.procs").value_or("")))
            moved |= move_process(process, folder + "/..");
    }
}

// systemd itself moves us, some moments after it was asked to.
bool join_scope(const std::string& name)
{
    constexpr int patience = 100;
    if (::access("/run/systemd/system", F_OK) != 0)
        return false;
    const auto before = memberships();
    try {
        if (run({"busctl", "--timeout=5", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                    "org.freedesktop.systemd1.Manager", "StartTransientUnit", "ssa(sv)a(sa(sv))",
                    name + ".scope", "fail", "1", "PIDs", "au", "1", std::to_string(::getpid()), "0"},
                {})
            != 0)
            return false;
    } catch (const SystemError&) {
        return false;
    }
    for (int i = 0; i < patience && memberships() == before; ++i)
        pause();
    return memberships() != before;
}

} // namespace

OwnControlGroup::OwnControlGroup(const std::string& name)
{
    if (join_scope(name))
        return;
    for (const auto& [hierarchy, group] : memberships())
        if (group != "/" && !join(hierarchy, name)) // nobody ends the outermost one
            failure_ = "the control group " + group + " cannot be left";
}

bool OwnControlGroup::join(const std::string& hierarchy, const std::string& name)
{
    for (const auto& mounted : mount_points(hierarchy))
        try {
            const auto folder = mounted + "/" + name;
            // One that is there was that of a process with our number, which was killed.
            if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)
                continue;
            folders_.push_back(folder);
            write_file(folder + "/cgroup.procs", std::to_string(::getpid()));
            return true;
        } catch (const SystemError&) { // one that may not be written
        }
    return false;
}

void OwnControlGroup::leave() const
{
    for (const auto& folder : folders_)
        try {
            empty_and_remove(folder);
        } catch (const SystemError&) { // a group that stays harms nobody
        }
}

} // namespace base
