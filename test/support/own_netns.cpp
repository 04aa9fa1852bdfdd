#include "own_netns.h"

#include "base/file.h"
#include "base/unique_fd.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace test {

namespace {

void must(bool done, const char* what)
{
    if (!done)
        throw std::system_error(errno, std::generic_category(), what);
}

void become_root(uid_t uid, gid_t gid)
{
    base::write_file("/proc/self/setgroups", "deny");
    base::write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
    base::write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
}

void set_up_loopback()
{
    const base::UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq ask{};
    std::strcpy(ask.ifr_name, "lo");
    ask.ifr_flags = IFF_UP;
    must(fd && ::ioctl(fd.get(), SIOCSIFFLAGS, &ask) == 0, "setting lo up");
}

} // namespace

void enter_own_namespaces()
{
    const auto uid = ::getuid();
    const auto gid = ::getgid();
    must(::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) == 0,
        "entering a user and a network namespace");
    become_root(uid, gid);
    must(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "making mounts private");
    must(::mount("run", "/run", "tmpfs", 0, nullptr) == 0, "mounting a /run of our own");
    set_up_loopback();
}

void enter_fresh_network()
{
    must(::unshare(CLONE_NEWNET) == 0, "entering a network namespace");
    set_up_loopback();
}

} // namespace test
