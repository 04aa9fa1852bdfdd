#include "tunnel/relay/privileges.h"

#include "base/error.h"
#include "base/text.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace tunnel {

namespace {

// While we still may: afterwards not even a set-uid program could give us any.
void empty_bounding_set()
{
    for (int capability = 0; capability <= 63; ++capability)
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

void drop_capabilities()
{
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const std::array<__user_cap_data_struct, 2> none{};
    if (syscall(SYS_capset, &header, none.data()) != 0)
        throw base::SystemError(errno, "giving away capabilities");
}

} // namespace

User find_user(const std::string& name)
{
    const auto* const entry = getpwnam(name.c_str());
    if (entry == nullptr)
        throw base::UsageError("user=" + base::quoted(name) + ": this host has no such user");
    return {name, entry->pw_uid, entry->pw_gid};
}

void become(const User& user)
{
    const auto doing = "becoming the user " + user.name;
    empty_bounding_set();
    if (geteuid() == 0) {
        const bool known = setresgid(user.gid, user.gid, user.gid) == 0 || errno != EINVAL;
        if (known
            && (setgroups(0, nullptr) != 0 || setresgid(user.gid, user.gid, user.gid) != 0
                || setresuid(user.uid, user.uid, user.uid) != 0))
            throw base::SystemError(errno, doing);
    }
    drop_capabilities();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        throw base::SystemError(errno, doing);
}

} // namespace tunnel
