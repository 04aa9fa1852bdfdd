#include "xen/call/libxenstore.h"

#include "base/error.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

extern "C" {
#include <xenstore.h>
}

namespace xen {

namespace {

constexpr int first_own_fd = 3;
constexpr int last_fd_to_try = 64;

// libxenstore waits for an answer for ever and does not show its socket: find it by its peer, and
// let the kernel end the wait.
void limit_patience()
{
    const timeval patience{LibXenstore::patience.count(), 0};
    for (int fd = first_own_fd; fd < last_fd_to_try; ++fd) {
        sockaddr_un peer{};
        socklen_t size = sizeof peer;
        if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0 || peer.sun_family != AF_UNIX
            || std::string_view(peer.sun_path) != xs_daemon_socket())
            continue;
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        return;
    }
}

} // namespace

void LibXenstore::Close::operator()(xs_handle* handle) const
{
    xs_close(handle);
}

LibXenstore::LibXenstore()
    : handle_(xs_open(0))
{
    if (!handle_)
        throw base::SystemError(errno, "cannot reach xenstored, is it running?");
    limit_patience();
}

void LibXenstore::fail(const std::string& doing) const
{
    // EAGAIN from a time-out on the socket; EBADF is libxenstore's word for a closed connection.
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EBADF) {
        dead_ = true;
        throw base::Error(doing + ": xenstored does not answer");
    }
    throw base::SystemError(errno, doing);
}

std::optional<std::string> LibXenstore::read(const std::string& path) const
{
    if (dead_)
        throw base::Error("reading " + path + " in xenstore: xenstored does not answer");
    unsigned length = 0;
    const std::unique_ptr<void, decltype([](void* value) { std::free(value); })> value(
        xs_read(handle_.get(), XBT_NULL, path.c_str(), &length));
    if (value)
        return std::string(static_cast<const char*>(value.get()), length);
    if (errno == ENOENT)
        return std::nullopt;
    fail("reading " + path + " in xenstore");
}

bool LibXenstore::change(unsigned transaction, const StoreChange& change)
{
    const auto& [path, value] = change;
    if (!value)
        return xs_rm(handle_.get(), transaction, path.c_str()) || errno == ENOENT;
    return xs_write(
        handle_.get(), transaction, path.c_str(), value->data(), static_cast<unsigned>(value->size()));
}

// False if somebody else's change came between and it has to be tried again.
bool LibXenstore::try_commit(const std::vector<StoreChange>& changes)
{
    const auto transaction = xs_transaction_start(handle_.get());
    if (transaction == XBT_NULL)
        fail("starting a xenstore transaction");
    for (const auto& each : changes) {
        if (change(transaction, each))
            continue;
        const int reason = errno;
        xs_transaction_end(handle_.get(), transaction, true);
        errno = reason;
        fail((each.value ? "writing " : "removing ") + each.path + " in xenstore");
    }
    if (xs_transaction_end(handle_.get(), transaction, false))
        return true;
    if (errno != EAGAIN)
        fail("ending a xenstore transaction");
    return false;
}

void LibXenstore::commit(const std::vector<StoreChange>& changes)
{
    constexpr int most_tries = 100; // each failure means that another client got its change through
    if (dead_)
        throw base::Error("writing in xenstore: xenstored does not answer");
    if (changes.size() == 1 && change(XBT_NULL, changes.front()))
        return; // one change needs no transaction
    for (int tries = 0; tries < most_tries; ++tries)
        if (try_commit(changes))
            return;
    throw base::Error("writing in xenstore: too many others write at the same time");
}

} // namespace xen
