/* stream serve PORT           accepts TCP connections and sends back what comes
 * stream talk ADDRESS PORT    keeps one open and says something every millisecond until SIGTERM; then prints, as JSON, how
 *                             many answers came and the longest time without one. "ready" comes with the first answer.
 *
 * Fails if the connection breaks. */

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void die(const char *doing)
{
    fprintf(stderr, "stream: %s: %s\n", doing, strerror(errno));
    exit(1);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int serve(uint16_t port)
{
    enum { most = 16 };
    const int on = 1;
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    struct pollfd sockets[most] = { { .fd = socket(AF_INET6, SOCK_STREAM, 0), .events = POLLIN } };
    nfds_t count = 1;
    char data[4096];

    setsockopt(sockets[0].fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(sockets[0].fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(sockets[0].fd, most) < 0)
        die("listening");
    while (poll(sockets, count, -1) > 0) {
        if (sockets[0].revents && count < most) {
            sockets[count].events = POLLIN;
            sockets[count++].fd = accept(sockets[0].fd, NULL, NULL);
        }
        for (nfds_t i = 1; i < count; ++i) {
            const ssize_t length = sockets[i].revents ? recv(sockets[i].fd, data, sizeof data, MSG_DONTWAIT) : 0;
            if (length > 0 && send(sockets[i].fd, data, (size_t)length, MSG_NOSIGNAL) != length)
                die("answering");
            if (sockets[i].revents && length == 0)
                sockets[i].fd = -1;
        }
    }
    return 1;
}

static int connection(const char *name, const char *port)
{
    const struct addrinfo want = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
    struct addrinfo *found;
    const int on = 1;
    int fd = -1;

    if (getaddrinfo(name, port, &want, &found) != 0)
        die(name);
    for (int tries = 0; tries < 100; ++tries) { /* the server may still be starting */
        fd = socket(found->ai_family, SOCK_STREAM, 0);
        if (connect(fd, found->ai_addr, found->ai_addrlen) == 0)
            break;
        close(fd);
        fd = -1;
        poll(NULL, 0, 20);
    }
    if (fd < 0)
        die("connecting");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    freeaddrinfo(found);
    return fd;
}

static int talk(const char *name, const char *port)
{
    const struct sigaction action = { .sa_handler = on_signal };
    const int fd = connection(name, port);
    struct pollfd socket = { .fd = fd, .events = POLLIN };
    long answers = 0;
    int64_t silence = 0, last = now_ms();
    char data[4096];

    sigaction(SIGTERM, &action, NULL);
    while (!stop) {
        if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
            die("sending");
        const int64_t until = now_ms() + 1;
        do {
            if (poll(&socket, 1, 1) <= 0)
                continue;
            const ssize_t length = recv(fd, data, sizeof data, 0);
            if (length <= 0)
                die("receiving");
            if (answers == 0) {
                puts("ready");
                fflush(stdout);
                last = now_ms();
            }
            answers += length;
            silence = now_ms() - last > silence ? now_ms() - last : silence;
            last = now_ms();
        } while (now_ms() < until && !stop);
    }
    printf("{\"answers\":%ld,\"silence_ms\":%lld}\n", answers, (long long)silence);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve((uint16_t)atoi(argv[2]));
    if (argc == 4 && strcmp(argv[1], "talk") == 0)
        return talk(argv[2], argv[3]);
    fprintf(stderr, "usage: stream serve PORT | stream talk ADDRESS PORT\n");
    return 2;
}
