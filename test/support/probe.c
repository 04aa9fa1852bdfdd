/* probe echo PORT                 answers every datagram, from the address it was sent to
 * probe send PORT ADDRESS...      sends each address a numbered datagram a millisecond until SIGTERM or SIGINT, then
 *                                 prints a line of JSON per address: what was sent, what got no answer
 *
 * `send` writes "ready" once every address has answered. A tick that was missed because the machine was busy is left
 * out, not made up for: two datagrams are never closer than a millisecond. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { max_targets = 8, max_probes = 4 * 1000 * 1000, grace_ms = 400, ready_ms = 5000, tick_ns = 1000 * 1000 };

struct target {
    const char *name;
    int fd;
    uint32_t sent;
    bool *answered;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void die(const char *doing)
{
    fprintf(stderr, "probe: %s: %s\n", doing, strerror(errno));
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void big_buffers(int fd)
{
    const int size = 4 << 20;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
}

/* --- echo -------------------------------------------------------------------------------------------------------- */

static int echo_socket(int family, uint16_t port)
{
    const int on = 1;
    const int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    const bool is_v4 = family == AF_INET;

    if (fd < 0)
        die("socket");
    if (!is_v4 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0)
        die("IPV6_V6ONLY");
    if (setsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_PKTINFO : IPV6_RECVPKTINFO, &on, sizeof on) < 0)
        die("PKTINFO");
    if (bind(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6, is_v4 ? sizeof v4 : sizeof v6) < 0)
        die("bind");
    big_buffers(fd);
    return fd;
}

/* The kernel's note on where the datagram came to goes back with the answer as where it comes from; the interface is
 * left open, since it may be about to change. */
static void forget_interface(struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(c);
            info->ipi_ifindex = 0;
            info->ipi_spec_dst = info->ipi_addr;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            ((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_ifindex = 0;
        }
    }
}

static void answer(int fd)
{
    char data[64], control[256];
    struct sockaddr_storage from;
    struct iovec part = { data, sizeof data };
    struct msghdr message = { .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1,
        .msg_control = control, .msg_controllen = sizeof control };
    const ssize_t length = recvmsg(fd, &message, 0);

    if (length < 0)
        return;
    part.iov_len = (size_t)length;
    forget_interface(&message);
    if (sendmsg(fd, &message, 0) < 0) { /* lost: that is what the other side is here to find out */
    }
}

static int echo(uint16_t port)
{
    struct pollfd sockets[] = {
        { .fd = echo_socket(AF_INET, port), .events = POLLIN },
        { .fd = echo_socket(AF_INET6, port), .events = POLLIN },
    };

    while (poll(sockets, 2, -1) >= 0 || errno == EINTR)
        for (int i = 0; i < 2; ++i)
            if (sockets[i].revents)
                answer(sockets[i].fd);
    return 1;
}

/* --- send -------------------------------------------------------------------------------------------------------- */

static struct target target_of(const char *name, const char *port)
{
    const struct addrinfo want = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
    struct addrinfo *found;
    struct target target = { .name = name, .answered = calloc(max_probes, sizeof(bool)) };

    if (getaddrinfo(name, port, &want, &found) != 0) {
        fprintf(stderr, "probe: '%s' is not an address\n", name);
        exit(2);
    }
    target.fd = socket(found->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (target.fd < 0 || connect(target.fd, found->ai_addr, found->ai_addrlen) < 0)
        die(name);
    big_buffers(target.fd);
    freeaddrinfo(found);
    return target;
}

static void take_answers(struct target *target)
{
    uint32_t number;

    while (recv(target->fd, &number, sizeof number, 0) == sizeof number)
        if (number < max_probes)
            target->answered[number] = true;
}

static void wait_until(int64_t deadline, struct target *targets, int count)
{
    struct pollfd sockets[max_targets];

    for (int i = 0; i < count; ++i)
        sockets[i] = (struct pollfd) { .fd = targets[i].fd, .events = POLLIN };
    for (;;) {
        const int64_t left = deadline - now_ns();
        if (left <= 0)
            return;
        const struct timespec timeout = { .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };
        if (ppoll(sockets, (nfds_t)count, &timeout, NULL) > 0)
            for (int i = 0; i < count; ++i)
                take_answers(&targets[i]);
    }
}

static bool all_answered_once(const struct target *targets, int count)
{
    for (int i = 0; i < count; ++i)
        if (!targets[i].answered[0])
            return false;
    return true;
}

/* Neighbours are resolved here, so that the count starts on a quiet line. */
static void first_answers(struct target *targets, int count)
{
    const uint32_t zero = 0;

    for (int tries = 0; tries < ready_ms / 10 && !all_answered_once(targets, count); ++tries) {
        for (int i = 0; i < count; ++i)
            if (send(targets[i].fd, &zero, sizeof zero, 0) < 0) { /* the next try may do better */
            }
        wait_until(now_ns() + 10 * tick_ns, targets, count);
    }
    if (!all_answered_once(targets, count)) {
        fprintf(stderr, "probe: no answer at all\n");
        exit(1);
    }
    for (int i = 0; i < count; ++i)
        targets[i].sent = 1;
    puts("ready");
    fflush(stdout);
}

static void report(const struct target *target)
{
    uint32_t lost = 0, run = 0, longest = 0;

    for (uint32_t i = 0; i < target->sent; ++i) {
        run = target->answered[i] ? 0 : run + 1;
        lost += !target->answered[i];
        longest = run > longest ? run : longest;
    }
    printf("{\"address\":\"%s\",\"sent\":%u,\"lost\":%u,\"longest\":%u,\"numbers\":[", target->name, target->sent,
        lost, longest);
    const char *comma = "";
    for (uint32_t i = 0; i < target->sent; ++i)
        if (!target->answered[i]) {
            printf("%s%u", comma, i);
            comma = ",";
        }
    puts("]}");
}

static int send_probes(const char *port, char **names, int count)
{
    struct target targets[max_targets];
    const struct sigaction action = { .sa_handler = on_signal };

    if (count > max_targets)
        count = max_targets;
    for (int i = 0; i < count; ++i)
        targets[i] = target_of(names[i], port);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    first_answers(targets, count);

    while (!stop && targets[0].sent < max_probes) {
        const int64_t next = now_ns() + tick_ns;
        for (int i = 0; i < count; ++i) {
            if (send(targets[i].fd, &targets[i].sent, sizeof targets[i].sent, 0) < 0) { /* counts as lost */
            }
            targets[i].sent++;
        }
        wait_until(next, targets, count);
    }
    wait_until(now_ns() + (int64_t)grace_ms * tick_ns, targets, count);
    for (int i = 0; i < count; ++i)
        report(&targets[i]);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "echo") == 0)
        return echo((uint16_t)atoi(argv[2]));
    if (argc >= 4 && strcmp(argv[1], "send") == 0)
        return send_probes(argv[2], argv + 3, argc - 3);
    fprintf(stderr, "usage: probe echo PORT | probe send PORT ADDRESS...\n");
    return 2;
}
