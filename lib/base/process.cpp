#include "base/process.h"

#include "base/error.h"

#include "base/text.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

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

// An empty folder in PATH is the current one, as a relative one depends on it.
std::string without_relative_folders(const std::string& path)
{
    auto folders = split(path, ':');
    std::erase_if(folders, [](const std::string& folder) { return !folder.starts_with('/'); });
    return join(folders, ":");
}

// PATH, as far as it is ours and not one of the variables.
std::map<std::string, std::string> with_safe_path(std::map<std::string, std::string> variables)
{
    if (const char* const path = std::getenv("PATH"))
        variables.try_emplace("PATH", without_relative_folders(path));
    return variables;
}

std::string path_of(const std::string& program)
{
    if (program.starts_with('/'))
        return program;
    const auto path = find_program(program);
    if (!path)
        throw SystemError(ENOENT, "running " + program);
    return *path;
}

// Signals that we ignore are the program's own affair.
class Attributes {
public:
    Attributes()
    {
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGPIPE);
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
    }
    ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    const posix_spawnattr_t* get() const { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> result;
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

} // namespace

void begin_program()
{
    // The lowest free descriptor is the one that is missing.
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(fd, F_GETFD) < 0)
            ::open("/dev/null", O_RDWR); // NOLINT(*-vararg)
    std::signal(SIGPIPE, SIG_IGN);
}

void end_program()
{
    std::signal(SIGPIPE, SIG_DFL);
}

void close_all_but(int fd)
{
    const auto kept = static_cast<unsigned>(fd);
    if (::close_range(kept + 1, ~0U, 0) == 0 && (fd == 0 || ::close_range(0, kept - 1, 0) == 0))
        return;
    const auto end = static_cast<int>(::sysconf(_SC_OPEN_MAX)); // before Linux 5.9
    for (int each = 0; each < end; ++each)
        if (each != fd)
            ::close(each);
}

std::optional<std::string> find_program(std::string_view name)
{
    if (name.find('/') != std::string_view::npos)
        return std::nullopt;
    for (const auto folder : program_folders)
        if (auto path = std::string(folder).append("/").append(name); ::access(path.c_str(), X_OK) == 0)
            return path;
    return std::nullopt;
}

int run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& variables)
{
    auto words = arguments;
    auto environment = environment_with(with_safe_path(variables));
    const auto program = path_of(words.front());
    const Attributes attributes;
    pid_t child = 0;
    const int failure = ::posix_spawn(&child, program.c_str(), nullptr, attributes.get(),
        pointers(words).data(), pointers(environment).data());
    if (failure != 0)
        throw SystemError(failure, "running " + words.front());
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            throw SystemError(errno, "waiting for " + words.front());
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace base
