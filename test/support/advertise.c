/* advertise DEVICE [serve] [WORD...]: a router's advertisement, once; or, with `serve`, once and again for each
 * solicitation, until it is killed ("ready" on its output says that it listens).
 *
 * Words: router=SECONDS hops=N mtu=N prefix=ADDRESS/64,VALID,PREFERRED (several; on-link and autonomous) route=ADDRESS/N,SECONDS.
 * Each is left out of the advertisement where it is not given; the router's lifetime is 1800 s then. */

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct message {
    unsigned char bytes[1024];
    size_t length;
};

static void die(const char *doing)
{
    perror(doing);
    exit(1);
}

static void append(struct message *message, const void *option, size_t length)
{
    memcpy(message->bytes + message->length, option, length);
    message->length += length;
}

static void add_prefix(struct message *message, char *word)
{
    struct nd_opt_prefix_info option = { .nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION, .nd_opt_pi_len = 4,
        .nd_opt_pi_flags_reserved = ND_OPT_PI_FLAG_ONLINK | ND_OPT_PI_FLAG_AUTO };
    char *length = strchr(word, '/');
    unsigned bits, valid, preferred;
    if (!length || sscanf(length, "/%u,%u,%u", &bits, &valid, &preferred) != 3)
        die("prefix=");
    *length = '\0';
    option.nd_opt_pi_prefix_len = (unsigned char)bits;
    option.nd_opt_pi_valid_time = htonl(valid);
    option.nd_opt_pi_preferred_time = htonl(preferred);
    inet_pton(AF_INET6, word, &option.nd_opt_pi_prefix);
    append(message, &option, sizeof option);
}

/* RFC 4191. */
static void add_route(struct message *message, char *word)
{
    unsigned char option[24] = { 24, 3 };
    char *length = strchr(word, '/');
    unsigned bits, seconds;
    if (!length || sscanf(length, "/%u,%u", &bits, &seconds) != 2)
        die("route=");
    *length = '\0';
    option[2] = (unsigned char)bits;
    seconds = htonl(seconds);
    memcpy(option + 4, &seconds, sizeof seconds);
    inet_pton(AF_INET6, word, option + 8);
    append(message, option, sizeof option);
}

static void read_word(struct message *message, char *word)
{
    struct nd_router_advert *head = (struct nd_router_advert *)message->bytes;
    char *value = strchr(word, '=');
    if (!value)
        die(word);
    *value++ = '\0';
    if (!strcmp(word, "router"))
        head->nd_ra_router_lifetime = htons((unsigned short)atoi(value));
    else if (!strcmp(word, "hops"))
        head->nd_ra_curhoplimit = (unsigned char)atoi(value);
    else if (!strcmp(word, "prefix"))
        add_prefix(message, value);
    else if (!strcmp(word, "route"))
        add_route(message, value);
    else if (!strcmp(word, "mtu")) {
        struct nd_opt_mtu option = { .nd_opt_mtu_type = ND_OPT_MTU, .nd_opt_mtu_len = 1,
            .nd_opt_mtu_mtu = htonl((unsigned)atoi(value)) };
        append(message, &option, sizeof option);
    } else
        die(word);
}

static int open_socket(const char *device)
{
    const int hops = 255;
    struct ipv6_mreq routers = { .ipv6mr_interface = if_nametoindex(device) };
    struct icmp6_filter filter;
    const int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    inet_pton(AF_INET6, "ff02::2", &routers.ipv6mr_multiaddr);
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ND_ROUTER_SOLICIT, &filter);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) != 0
        || setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops) != 0
        || setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &routers, sizeof routers) != 0
        || setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) != 0)
        die(device);
    return fd;
}

static void send_to_all(int fd, const char *device, const struct message *message)
{
    struct sockaddr_in6 all = { .sin6_family = AF_INET6, .sin6_scope_id = if_nametoindex(device) };
    inet_pton(AF_INET6, "ff02::1", &all.sin6_addr);
    if (sendto(fd, message->bytes, message->length, 0, (struct sockaddr *)&all, sizeof all) < 0)
        die("sending");
}

int main(int argc, char **argv)
{
    struct message message = { .length = sizeof(struct nd_router_advert) };
    struct nd_router_advert *head = (struct nd_router_advert *)message.bytes;
    char solicitation[1500];
    if (argc < 2)
        return 2;
    const int serves = argc > 2 && !strcmp(argv[2], "serve");
    head->nd_ra_type = ND_ROUTER_ADVERT;
    head->nd_ra_router_lifetime = htons(1800);
    for (int i = 2 + serves; i < argc; ++i)
        read_word(&message, argv[i]);
    const int fd = open_socket(argv[1]);
    send_to_all(fd, argv[1], &message);
    if (serves) {
        puts("ready");
        fflush(stdout);
        while (recv(fd, solicitation, sizeof solicitation, 0) > 0)
            send_to_all(fd, argv[1], &message);
    }
    return 0;
}
