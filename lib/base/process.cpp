#include "base/process.h"

#include "base/error.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace base {

namespace {

std::vector<std::string> environment_with(const std::map<std::string, std::string>& variables)
{
    std::vector<std::string> all;
    for (char** each = environ; *each; ++each) {
        const std::string assignment = *each;
        if (!variables.contains(assignment.substr(0, assignment.find('='))))
            all.push_back(assignment);
    }
    for (const auto& [name, value] : variables)
        all.push_back(name + "=" + value);
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> result;
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

} // namespace

int run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& variables)
{
    auto words = arguments;
    auto environment = environment_with(variables);
    pid_t child = 0;
    const int failure = ::posix_spawn(&child, words.front().c_str(), nullptr, nullptr, pointers(words).data(),
        pointers(environment).data());
    if (failure != 0)
        throw SystemError(failure, "running " + words.front());
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            throw SystemError(errno, "waiting for " + words.front());
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace base
