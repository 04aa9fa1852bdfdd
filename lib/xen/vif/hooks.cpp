#include "xen/vif/hooks.h"

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "xen/call/paths.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace xen {

namespace {

std::string first_line(const std::string& path)
{
    std::array<char, 256> begin{};
    const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto got = fd ? ::read(fd.get(), begin.data(), begin.size()) : -1;
    if (got < 0)
        throw base::SystemError(errno, "reading " + path);
    const std::string_view text(begin.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    return std::string(text.substr(0, text.find('\n')));
}

bool is_to_be_sourced(const std::string& path)
{
    const auto line = first_line(path);
    if (line.starts_with("\x7f"
                         "ELF"))
        return false;
    const auto words = base::words(line);
    return !line.starts_with("#!") || words.empty()
        || (words.front().ends_with("/sh") || words.front().ends_with("/bash")
            || words.front().ends_with("/dash"));
}

std::string octal(mode_t mode)
{
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
    return text.data();
}

void refuse_if_others_may_write(const std::string& path)
{
    struct stat file { };
    if (::stat(path.c_str(), &file) != 0)
        throw base::SystemError(errno, "looking at the hook " + path);
    if (base::others_may_write(file))
        throw base::Error("the hook " + path + " is refused, because others than root may change it (owner "
            + std::to_string(file.st_uid) + ", mode " + octal(file.st_mode)
            + "): have it owned by root, with mode 0755");
}

} // namespace

std::vector<std::string> find_hooks(const std::string& folder)
{
    std::vector<std::string> hooks;
    for (const auto& name : base::names_in(folder))
        if (const auto path = folder + "/" + name; name.ends_with(".hook") && base::is_accessible(path, X_OK))
            hooks.push_back(path);
    if (!hooks.empty())
        refuse_if_others_may_write(folder);
    for (const auto& hook : hooks)
        refuse_if_others_may_write(hook);
    return hooks;
}

void run_hooks(const std::vector<std::string>& hooks, const std::map<std::string, std::string>& variables,
    std::chrono::steady_clock::time_point deadline)
{
    for (const auto& hook : hooks) {
        auto words = is_to_be_sourced(hook) ? std::vector<std::string>{DOM0NET_HOOK_HELPER, hook}
                                            : std::vector<std::string>{hook};
        const auto status = base::run_until(deadline, words, variables, paths::hotplug_log);
        if (!status)
            throw base::Error(
                "the hook " + hook + " was ended, because it took too long: Xen waits 40 s for all");
        if (*status != 0)
            throw base::Error("the hook " + hook + " failed with exit status " + std::to_string(*status));
    }
}

} // namespace xen
