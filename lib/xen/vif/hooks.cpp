#include "xen/vif/hooks.h"

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

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

} // namespace

std::vector<std::string> find_hooks(const std::string& folder)
{
    std::vector<std::string> hooks;
    for (const auto& name : base::names_in(folder))
        if (const auto path = folder + "/" + name; name.ends_with(".hook") && base::is_accessible(path, X_OK))
            hooks.push_back(path);
    return hooks;
}

void run_hooks(const std::vector<std::string>& hooks, const std::map<std::string, std::string>& variables)
{
    for (const auto& hook : hooks) {
        const auto status = is_to_be_sourced(hook) ? base::run({DOM0NET_HOOK_HELPER, hook}, variables)
                                                   : base::run({hook}, variables);
        if (status != 0)
            throw base::Error("the hook " + hook + " failed with exit status " + std::to_string(status));
    }
}

} // namespace xen
