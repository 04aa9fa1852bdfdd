#include "netlink/nft/socket.h"

#include "base/error.h"
#include "netlink/message.h"
#include "netlink/nft/object.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
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
constexpr rlim_t most_descriptors = 1 << 20;

// Before Linux 5.9, which has close_range().
void close_one_by_one(int kept)
{
    rlimit limit{};
    ::syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit);
    for (int fd = 0; fd < static_cast<int>(std::min<rlim_t>(limit.rlim_cur, most_descriptors)); ++fd)
        if (fd != kept)
            ::syscall(SYS_close, fd);
}

// All others have to go: whoever waits for the end of our output would wait for the child's too.
void close_all_but(int fd)
{
    const auto others_begin = static_cast<unsigned>(fd + 1);
    if (::syscall(SYS_close_range, others_begin, std::numeric_limits<unsigned>::max(), 0U) != 0)
        return close_one_by_one(fd);
    if (fd > 0)
        ::syscall(SYS_close_range, 0U, static_cast<unsigned>(fd - 1), 0U);
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

// There is no such object, or (EINVAL) no nf_tables.
bool says_absent(int code)
{
    return code == ENOENT || code == EINVAL;
}

std::uint16_t number_of(net::nft::Family family)
{
    return static_cast<std::uint16_t>(family);
}

// Room for a request: names, and little else.
struct alignas(nlmsghdr) Request {
    std::array<char, 1024> bytes;

    nlmsghdr* begin(int type, std::uint16_t family, std::uint16_t flags)
    {
        return nftnl_nlmsg_build_hdr(bytes.data(), static_cast<std::uint16_t>(type), family, flags, 0);
    }
};

} // namespace

// Without blocking: what the kernel has to say waits in the socket when a send returns, and a list is made as
// it is read.
NftSocket::NftSocket()
    : socket_(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK))
{
    if (!socket_ || mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) != 0)
        throw base::SystemError(errno, "opening a netfilter socket");
    int on = 1;
    for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK})
        mnl_socket_setsockopt(socket_.get(), option, &on, sizeof on); // older kernels go without
}

NftSocket::~NftSocket()
{
    if (changed_)
        leave_to_child(mnl_socket_get_fd(socket_.get()));
}

void NftSocket::send(const void* bytes, std::size_t size, const std::string& doing)
{
    if (mnl_socket_sendto(socket_.get(), bytes, size) >= 0)
        return;
    // More than a socket takes by itself (net.core.wmem_default): one guest may have thousands of addresses.
    const auto room = static_cast<int>(size);
    if (errno != EMSGSIZE
        || ::setsockopt(mnl_socket_get_fd(socket_.get()), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) != 0
        || mnl_socket_sendto(socket_.get(), bytes, size) < 0)
        throw base::SystemError(errno, doing);
}

// Reads one datagram. False if there is none.
bool NftSocket::receive(const std::string& doing, const Handler& handler)
{
    alignas(nlmsghdr) std::array<char, 32768> buffer; // what the kernel fills in one go, at most
    const auto got = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR)
        return true;
    if (got < 0 && errno == EAGAIN)
        return false;
    if (got < 0)
        throw base::SystemError(errno, doing);
    auto left = static_cast<int>(got);
    for (const auto* head = reinterpret_cast<const nlmsghdr*>(buffer.data()); mnl_nlmsg_ok(head, left);
         head = mnl_nlmsg_next(head, &left))
        handler(head);
    return true;
}

void NftSocket::commit(NftBatch batch, const std::string& doing)
{
    if (batch.empty())
        return;
    const auto first = sequence_ + 1;
    changed_ = true;
    const auto bytes = batch.take(first);
    send(bytes.data(), bytes.size(), doing);
    sequence_ += static_cast<unsigned>(bytes.size()); // more than there were messages
    int failure = ENOMSG;
    std::string words;
    const auto note = [&](const nlmsghdr* head) {
        if (head->nlmsg_type != NLMSG_ERROR || head->nlmsg_seq < first || (failure != ENOMSG && failure != 0))
            return;
        failure = errno_of(head);
        words = kernels_words(head);
    };
    while (receive(doing, note)) { }
    if (failure != 0)
        throw base::SystemError(failure, doing, words);
}

// Whether there is what was asked for, which is handed to the handler.
bool NftSocket::ask(nlmsghdr* request, const std::string& doing, const Handler& handler)
{
    request->nlmsg_seq = ++sequence_;
    send(request, request->nlmsg_len, doing);
    std::optional<int> code;
    std::string words;
    const auto take = [&](const nlmsghdr* head) {
        if (head->nlmsg_seq != request->nlmsg_seq)
            return;
        if (head->nlmsg_type != NLMSG_ERROR)
            return handler(head);
        code = errno_of(head);
        words = kernels_words(head);
    };
    while (!code && receive(doing, take)) { }
    if (code != 0 && !says_absent(code.value_or(ENOMSG)))
        throw base::SystemError(code.value_or(ENOMSG), doing, words);
    return code == 0;
}

bool NftSocket::has_table(net::nft::Family family, const std::string& name)
{
    Request request;
    auto* const head = request.begin(NFT_MSG_GETTABLE, number_of(family), NLM_F_ACK);
    mnl_attr_put_strz(head, NFTA_TABLE_NAME, name.c_str());
    return ask(head, "looking for the table " + name, [](const nlmsghdr*) {});
}

std::optional<std::uint32_t> NftSocket::chain_policy(
    int protocol, const std::string& table, const std::string& chain)
{
    Request request;
    auto* const head = request.begin(NFT_MSG_GETCHAIN, static_cast<std::uint16_t>(protocol), NLM_F_ACK);
    mnl_attr_put_strz(head, NFTA_CHAIN_TABLE, table.c_str());
    mnl_attr_put_strz(head, NFTA_CHAIN_NAME, chain.c_str());
    const NftChain found(needed(nftnl_chain_alloc()));
    ask(head, "looking for the chain " + chain,
        [&](const nlmsghdr* answer) { nftnl_chain_nlmsg_parse(answer, found.get()); });
    if (!nftnl_chain_is_set(found.get(), NFTNL_CHAIN_POLICY))
        return std::nullopt;
    return nftnl_chain_get_u32(found.get(), NFTNL_CHAIN_POLICY);
}

// False if the set changed while it was read.
bool NftSocket::list_once(nlmsghdr* request, const std::string& doing, const Handler& handler)
{
    request->nlmsg_seq = ++sequence_;
    send(request, request->nlmsg_len, doing);
    int code = ENOMSG; // as long as it has not ended
    bool interrupted = false;
    const auto take = [&](const nlmsghdr* head) {
        if (head->nlmsg_seq != request->nlmsg_seq)
            return;
        interrupted |= (head->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        if (head->nlmsg_type == NLMSG_DONE || head->nlmsg_type == NLMSG_ERROR)
            code = -*static_cast<const int*>(mnl_nlmsg_get_payload(head));
        else
            handler(head);
    };
    while (code == ENOMSG && receive(doing, take)) { }
    if (code != 0 && code != ENOENT)
        throw base::SystemError(code, doing);
    return !interrupted;
}

void NftSocket::list(net::nft::Family family, const std::string& set, const std::function<void()>& begin,
    const Handler& handler)
{
    Request request;
    auto* const head = request.begin(NFT_MSG_GETSETELEM, number_of(family), NLM_F_DUMP);
    mnl_attr_put_strz(head, NFTA_SET_ELEM_LIST_TABLE, nft_table);
    mnl_attr_put_strz(head, NFTA_SET_ELEM_LIST_SET, set.c_str());
    do
        begin();
    while (!list_once(head, "reading the set " + set, handler));
}

} // namespace netlink
