#include "netlink/nft/socket.h"

#include "base/error.h"

#include <linux/netlink.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <limits>

namespace netlink {

namespace {

// Longer than the kernel takes to clean up by itself. A close before that would wait for it with
// the lock of nf_tables held, and all others would wait too.
constexpr long time_to_clean_up_ns = 200'000'000;

constexpr std::size_t stack_size = 16384;

// All others have to go: whoever waits for the end of our output would wait for the child's too.
void close_all_but(int fd)
{
    if (fd > 0)
        ::syscall(SYS_close_range, 0U, static_cast<unsigned>(fd - 1), 0U);
    ::syscall(SYS_close_range, static_cast<unsigned>(fd + 1), std::numeric_limits<unsigned>::max(), 0U);
}

// The life of the child. It has our memory, so it may call nothing but the kernel.
int hold(void* fd)
{
    close_all_but(static_cast<int>(reinterpret_cast<std::intptr_t>(fd)));
    const timespec wait{0, time_to_clean_up_ns};
    ::syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &wait, nullptr);
    return 0;
}

// A child with its own table of descriptors but with our memory, which is not copied: that makes it
// some 100 us cheaper than a fork. Nobody is told when it ends. Its stack is never given back; there
// is one for each socket.
void leave_to_child(int fd)
{
    void* const stack =
        ::mmap(nullptr, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack != MAP_FAILED)
        ::clone(hold, static_cast<char*>(stack) + stack_size, CLONE_VM,
            reinterpret_cast<void*>(std::intptr_t{fd}));
}

int errno_of(const nlmsghdr* head)
{
    return -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(head))->error;
}

} // namespace

NftSocket::NftSocket()
    : socket_(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC))
{
    if (!socket_ || mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) != 0)
        throw base::SystemError(errno, "opening a netfilter socket");
    int on = 1;
    mnl_socket_setsockopt(socket_.get(), NETLINK_CAP_ACK, &on,
        sizeof on); // older kernels go without
}

NftSocket::~NftSocket()
{
    if (changed_)
        leave_to_child(mnl_socket_get_fd(socket_.get()));
}

void NftSocket::commit(NftBatch batch, const std::string& doing)
{
    const auto first = sequence_ + 1;
    changed_ = true;
    const auto bytes = batch.take(first);
    // The kernel is done when this returns; what it has to say waits in the socket.
    if (mnl_socket_sendto(socket_.get(), bytes.data(), bytes.size()) < 0)
        throw base::SystemError(errno, doing);
    sequence_ += static_cast<unsigned>(bytes.size()); // more than there were messages
    std::array<char, 8192> buffer;
    int failure = ENOMSG;
    for (;;) {
        const auto got = ::recv(mnl_socket_get_fd(socket_.get()), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        auto left = static_cast<int>(got);
        for (const auto* head = reinterpret_cast<const nlmsghdr*>(buffer.data()); mnl_nlmsg_ok(head, left);
             head = mnl_nlmsg_next(head, &left))
            if (head->nlmsg_type == NLMSG_ERROR && head->nlmsg_seq >= first
                && (failure == ENOMSG || failure == 0))
                failure = errno_of(head);
    }
    if (failure != 0)
        throw base::SystemError(failure, doing);
}

// Whether there is what was asked for, which is handed to the handler.
bool NftSocket::ask(Message request, const std::string& doing, const Handler& handler)
{
    request.header()->nlmsg_seq = ++sequence_;
    if (mnl_socket_sendto(socket_.get(), request.header(), request.header()->nlmsg_len) < 0)
        throw base::SystemError(errno, doing);
    alignas(nlmsghdr) std::array<char, 8192> buffer;
    bool found = false;
    for (;;) {
        const auto got = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
        if (got < 0)
            throw base::SystemError(errno, doing);
        auto left = static_cast<int>(got);
        for (const auto* head = reinterpret_cast<const nlmsghdr*>(buffer.data()); mnl_nlmsg_ok(head, left);
             head = mnl_nlmsg_next(head, &left)) {
            if (head->nlmsg_seq == sequence_ && head->nlmsg_type == NLMSG_ERROR)
                return found && errno_of(head) == 0;
            if (head->nlmsg_seq == sequence_) {
                found = true;
                handler(head);
            }
        }
    }
}

bool NftSocket::has_table(net::nft::Family family, const std::string& name)
{
    return ask(table_request(family, name), "looking for the table " + name, [](const nlmsghdr*) {});
}

std::optional<std::uint32_t> NftSocket::chain_policy(
    int protocol, const std::string& table, const std::string& chain)
{
    std::optional<std::uint32_t> policy;
    ask(chain_request(protocol, table, chain), "looking for the chain " + chain,
        [&](const nlmsghdr* head) { policy = policy_of(head); });
    return policy;
}

void NftSocket::list(net::nft::Family family, const std::string& set, const Handler& handler)
{
    auto request = elements_request(family, set);
    request.header()->nlmsg_seq = ++sequence_;
    if (mnl_socket_sendto(socket_.get(), request.header(), request.header()->nlmsg_len) < 0)
        throw base::SystemError(errno, "reading the set " + set);
    const auto buffer = std::make_unique<char[]>(32768);
    for (;;) {
        const auto got = mnl_socket_recvfrom(socket_.get(), buffer.get(), 32768);
        if (got < 0)
            throw base::SystemError(errno, "reading the set " + set);
        auto left = static_cast<int>(got);
        for (const auto* head = reinterpret_cast<const nlmsghdr*>(buffer.get()); mnl_nlmsg_ok(head, left);
             head = mnl_nlmsg_next(head, &left)) {
            if (head->nlmsg_type == NLMSG_DONE)
                return;
            if (head->nlmsg_type != NLMSG_ERROR)
                handler(head);
            else if (errno_of(head) == ENOENT)
                return;
            else
                throw base::SystemError(errno_of(head), "reading the set " + set);
        }
    }
}

} // namespace netlink
