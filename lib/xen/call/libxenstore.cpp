#include "xen/call/libxenstore.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

extern "C" {
#include <xenstore.h>
}

namespace xen {

namespace {

// libxenstore waits for ever: for a place in the queue of xenstored's socket, and for each answer. An alarm
// ends both: it interrupts the one, and for the other it cuts the connection. There is one alarm in a
// process, so this is the state of the process and not of a handle.
volatile std::sig_atomic_t connection = -1;
volatile std::sig_atomic_t ran_out = 0;
timeval left{LibXenstore::patience.count(), 0};

void give_up(int)
{
    const int reason = errno;
    ran_out = 1;
    if (connection >= 0)
        ::shutdown(connection, SHUT_RDWR);
    errno = reason;
}

// While it lives, the time that is left runs.
class Waiting {
public:
    Waiting()
    {
        if (ran_out)
            throw base::Error(dead);
        const timeval again{0, 50'000}; // an alarm just before a call is of no use to that call
        const itimerval timer{again, left};
        ::setitimer(ITIMER_REAL, &timer, nullptr);
    }
    ~Waiting()
    {
        const itimerval none{};
        itimerval rest{};
        ::setitimer(ITIMER_REAL, &none, &rest);
        left = rest.it_value;
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    static constexpr const char* dead = "xenstored does not answer";
};

void prepare_alarm()
{
    struct sigaction action { };
    action.sa_handler = give_up;
    ::sigaction(SIGALRM, &action, nullptr); // without SA_RESTART
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    ::sigprocmask(SIG_UNBLOCK, &alarm, nullptr);
}

// libxenstore does not show its socket. It is what the next file to be opened becomes.
int next_file()
{
    const base::UniqueFd probe(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return probe.get();
}

using Freed = decltype([](void* value) { std::free(value); });

} // namespace

void LibXenstore::Close::operator()(xs_handle* handle) const
{
    connection = -1;
    xs_close(handle);
}

LibXenstore::LibXenstore()
{
    prepare_alarm();
    const Waiting waiting;
    const int socket = next_file();
    handle_.reset(xs_open(0));
    if (ran_out) // it may have turned to another way to the same store
        throw base::Error(std::string("cannot reach xenstored: ") + Waiting::dead);
    if (!handle_)
        throw base::SystemError(errno, "cannot reach xenstored, is it running?");
    connection = socket;
}

void LibXenstore::fail(const std::string& doing) const
{
    if (ran_out)
        throw base::Error(doing + ": " + Waiting::dead);
    if (errno == EBADF) // libxenstore's word for it
        throw base::Error(doing + ": xenstored has closed the connection");
    throw base::SystemError(errno, doing);
}

std::optional<std::string> LibXenstore::read_in(unsigned transaction, const std::string& path) const
{
    unsigned length = 0;
    const std::unique_ptr<void, Freed> value(xs_read(handle_.get(), transaction, path.c_str(), &length));
    if (value)
        return std::string(static_cast<const char*>(value.get()), length);
    if (errno == ENOENT)
        return std::nullopt;
    fail("reading " + path + " in xenstore");
}

std::optional<std::string> LibXenstore::read(const std::string& path) const
{
    const Waiting waiting;
    return read_in(XBT_NULL, path);
}

std::optional<std::vector<std::string>> LibXenstore::names_in(
    unsigned transaction, const std::string& path) const
{
    unsigned count = 0;
    const std::unique_ptr<char*, Freed> names(xs_directory(handle_.get(), transaction, path.c_str(), &count));
    if (names)
        return std::vector<std::string>(names.get(), names.get() + count);
    if (errno == ENOENT)
        return std::nullopt;
    fail("reading " + path + " in xenstore");
}

std::optional<StoreFolder> LibXenstore::read_folder(
    const std::string& path, const std::vector<std::string>& keys) const
{
    const Waiting waiting;
    std::optional<StoreFolder> folder;
    in_transaction([&](unsigned transaction) {
        folder.reset();
        auto names = names_in(transaction, path);
        if (!names)
            return;
        folder.emplace(StoreFolder{*std::move(names)});
        for (const auto& key : keys)
            if (folder->has(key))
                if (auto value = read_in(transaction, path + "/" + key))
                    folder->values[key] = *std::move(value);
    });
    return folder;
}

bool LibXenstore::change(unsigned transaction, const StoreChange& change) const
{
    const auto& [path, value, may_be_refused] = change;
    if (value ? xs_write(
            handle_.get(), transaction, path.c_str(), value->data(), static_cast<unsigned>(value->size()))
              : xs_rm(handle_.get(), transaction, path.c_str()) || errno == ENOENT)
        return true;
    if (may_be_refused && (errno == EACCES || errno == EPERM))
        return false;
    fail((value ? "writing " : "removing ") + path + " in xenstore");
}

// What somebody else's change came between is done again from its beginning.
void LibXenstore::in_transaction(const std::function<void(unsigned)>& work) const
{
    constexpr int most_tries = 100; // each failure means that another client got its change through
    for (int tries = 0; tries < most_tries; ++tries) {
        const auto transaction = xs_transaction_start(handle_.get());
        if (transaction == XBT_NULL)
            fail("starting a xenstore transaction");
        try {
            work(transaction);
        } catch (...) {
            if (!ran_out)
                xs_transaction_end(handle_.get(), transaction, true);
            throw;
        }
        if (xs_transaction_end(handle_.get(), transaction, false))
            return;
        if (errno != EAGAIN)
            fail("ending a xenstore transaction");
    }
    throw base::Error("too many others write in xenstore at the same time");
}

std::vector<std::string> LibXenstore::commit(
    const std::string& folder, const std::vector<StoreChange>& changes)
{
    const Waiting waiting;
    std::vector<std::string> refused;
    in_transaction([&](unsigned transaction) {
        refused.clear();
        if (!read_in(transaction, folder))
            throw base::Error(folder + " is no longer in xenstore");
        for (const auto& each : changes)
            if (!change(transaction, each))
                refused.push_back(each.path);
    });
    return refused;
}

} // namespace xen
