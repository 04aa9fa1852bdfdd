#include "base/process.h"

#include "base/error.h"

#include "base/text.h"
#include "base/unique_fd.h"

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

    void lead_group(const sigset_t& mask)
    {
        ::posix_spawnattr_setsigmask(&attributes_, &mask);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    }

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

int status_of(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

pid_t spawn(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& variables,
    const Attributes& attributes, const posix_spawn_file_actions_t* actions)
{
    auto words = arguments;
    auto environment = environment_with(with_safe_path(variables));
    const auto program = path_of(words.front());
    pid_t child = 0;
    const int failure = ::posix_spawn(&child, program.c_str(), actions, attributes.get(),
        pointers(words).data(), pointers(environment).data());
    if (failure != 0)
        throw SystemError(failure, "running " + words.front());
    return child;
}

int wait_for(pid_t child, const std::string& name)
{
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            throw SystemError(errno, "waiting for " + name);
    return status_of(status);
}

sigset_t end_of_child()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    return set;
}

// SIGCHLD is blocked while it lives, so that sigtimedwait(2) gets it; the caller may have had it ignored.
class ChildSignal {
public:
    ChildSignal()
    {
        struct sigaction usual { };
        usual.sa_handler = SIG_DFL;
        ::sigaction(SIGCHLD, &usual, &action_before_);
        const auto set = end_of_child();
        ::sigprocmask(SIG_BLOCK, &set, &before_);
    }
    ~ChildSignal()
    {
        ::sigprocmask(SIG_SETMASK, &before_, nullptr);
        ::sigaction(SIGCHLD, &action_before_, nullptr);
    }
    ChildSignal(const ChildSignal&) = delete;
    ChildSignal& operator=(const ChildSignal&) = delete;

    const sigset_t& before() const { return before_; }

private:
    sigset_t before_;
    struct sigaction action_before_;
};

// Where a program's output goes that nobody waits for.
class Output {
public:
    explicit Output(const std::string& file)
        : file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640))
    {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (file_)
            ::posix_spawn_file_actions_adddup2(&actions_, file_.get(), STDOUT_FILENO);
        else
            ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
    }
    ~Output() { ::posix_spawn_file_actions_destroy(&actions_); }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    const posix_spawn_file_actions_t* actions() const { return &actions_; }

private:
    UniqueFd file_;
    posix_spawn_file_actions_t actions_;
};

// Whether it ended. Until it is waited for, its number can be no other's.
bool ends_before(pid_t child, std::chrono::steady_clock::time_point deadline)
{
    const auto signal = end_of_child();
    for (;;) {
        siginfo_t ended{};
        if (::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) == 0
            && ended.si_pid == child)
            return true;
        const auto left = deadline - std::chrono::steady_clock::now();
        if (left.count() <= 0)
            return false;
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
        const timespec patience{seconds.count(), (left - seconds).count()};
        ::sigtimedwait(&signal, nullptr, &patience);
    }
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
    return wait_for(spawn(arguments, variables, Attributes(), nullptr), arguments.front());
}

std::optional<int> run_until(std::chrono::steady_clock::time_point deadline,
    const std::vector<std::string>& arguments, const std::map<std::string, std::string>& variables,
    const std::string& output)
{
    const ChildSignal signal;
    Attributes attributes;
    attributes.lead_group(signal.before());
    const auto child = spawn(arguments, variables, attributes, Output(output).actions());
    const bool in_time = ends_before(child, deadline);
    if (!in_time)
        ::kill(-child, SIGKILL);
    const int status = wait_for(child, arguments.front());
    return in_time ? std::optional(status) : std::nullopt;
}

} // namespace base
