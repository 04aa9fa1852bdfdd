/* limit online|offline: the least that vif-bridge can do, as a yardstick for the benchmark.
 *
 * It takes what libxl gives (XENBUS_PATH, vif) and sends just the netlink and store messages that bring a vif onto its
 * bridge, or take it off again. No options, no messages, no care for anything unexpected: it is a bound, not a tool. */

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xenstore.h>

static struct mnl_socket *sock;
static char buffer[32768];

static void die(const char *doing)
{
    perror(doing);
    exit(1);
}

/* --- netlink ------------------------------------------------------------------------------------------------------ */

static struct nlmsghdr *request(uint16_t type, uint16_t flags)
{
    static unsigned sequence;
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = ++sequence;
    return message;
}

static int talk(struct nlmsghdr *message, mnl_cb_t take, void *data)
{
    const unsigned sequence = message->nlmsg_seq;

    if (mnl_socket_sendto(sock, message, message->nlmsg_len) < 0)
        die("limit: sending");
    for (;;) {
        const ssize_t length = mnl_socket_recvfrom(sock, buffer, sizeof buffer);
        if (length < 0)
            die("limit: receiving");
        const int more = mnl_cb_run(buffer, (size_t)length, sequence, mnl_socket_get_portid(sock), take, data);
        if (more <= 0)
            return more;
    }
}

struct link {
    int index;
    unsigned mtu;
};

static int take_link(const struct nlmsghdr *message, void *data)
{
    struct link *link = data;
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
    const struct nlattr *attribute;

    link->index = info->ifi_index;
    mnl_attr_for_each(attribute, message, sizeof *info)
        if (mnl_attr_get_type(attribute) == IFLA_MTU)
            link->mtu = mnl_attr_get_u32(attribute);
    return MNL_CB_STOP;
}

static struct link find_link(const char *name)
{
    struct link link = { 0 };
    struct nlmsghdr *message = request(RTM_GETLINK, 0);

    mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(message, IFLA_IFNAME, name);
    mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    if (talk(message, take_link, &link) < 0)
        die(name);
    return link;
}

static int take_address(const struct nlmsghdr *message, void *data)
{
    *(int *)data |= mnl_nlmsg_get_payload_len(message) > 0;
    return MNL_CB_OK;
}

static void check_addresses(int index)
{
    int any = 0;
    struct nlmsghdr *message = request(RTM_GETADDR, NLM_F_DUMP);
    struct ifaddrmsg *address = mnl_nlmsg_put_extra_header(message, sizeof *address);

    address->ifa_index = (unsigned)index;
    if (talk(message, take_address, &any) < 0)
        die("limit: addresses");
}

static void put_on_bridge(const char *vif, const struct link *bridge, unsigned mtu)
{
    static const unsigned char mac[6] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff };
    struct nlmsghdr *message = request(RTM_NEWLINK, NLM_F_ACK);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(message, sizeof *info);

    info->ifi_flags = info->ifi_change = IFF_UP;
    mnl_attr_put_strz(message, IFLA_IFNAME, vif);
    mnl_attr_put(message, IFLA_ADDRESS, sizeof mac, mac);
    mnl_attr_put_u32(message, IFLA_MTU, mtu);
    mnl_attr_put_u32(message, IFLA_MASTER, (unsigned)bridge->index);
    struct nlattr *families = mnl_attr_nest_start(message, IFLA_AF_SPEC);
    struct nlattr *inet6 = mnl_attr_nest_start(message, AF_INET6);
    mnl_attr_put_u8(message, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    mnl_attr_nest_end(message, inet6);
    mnl_attr_nest_end(message, families);
    if (talk(message, NULL, NULL) < 0)
        die("limit: putting the vif on the bridge");
}

static void take_off_bridge(const char *vif)
{
    struct nlmsghdr *message = request(RTM_NEWLINK, NLM_F_ACK);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(message, sizeof *info);

    info->ifi_change = IFF_UP;
    mnl_attr_put_strz(message, IFLA_IFNAME, vif);
    mnl_attr_put_u32(message, IFLA_MASTER, 0);
    if (talk(message, NULL, NULL) < 0)
        die("limit: taking the vif off the bridge");
}

/* --- the store ---------------------------------------------------------------------------------------------------- */

static const char *read_key(struct xs_handle *store, const char *key, const char *otherwise)
{
    char path[256];
    unsigned length;

    snprintf(path, sizeof path, "%s/%s", getenv("XENBUS_PATH"), key);
    const char *value = xs_read(store, XBT_NULL, path, &length);
    return value ? value : otherwise;
}

static void write_results(struct xs_handle *store, unsigned mtu)
{
    unsigned domid, devid;
    char path[256], text[16];
    const char *backend = getenv("XENBUS_PATH");

    if (sscanf(strstr(backend, "vif/"), "vif/%u/%u", &domid, &devid) != 2)
        die(backend);
    snprintf(text, sizeof text, "%u", mtu);
    const xs_transaction_t transaction = xs_transaction_start(store);
    snprintf(path, sizeof path, "/local/domain/%u/device/vif/%u/mtu", domid, devid);
    xs_write(store, transaction, path, text, (unsigned)strlen(text));
    snprintf(path, sizeof path, "%s/hotplug-error", backend);
    xs_rm(store, transaction, path);
    snprintf(path, sizeof path, "%s/hotplug-status", backend);
    xs_write(store, transaction, path, "connected", 9);
    if (!xs_transaction_end(store, transaction, false))
        die("limit: the store");
}

static void online(struct xs_handle *store)
{
    const char *vif = read_key(store, "vifname", getenv("vif"));
    const char *bridge_name = read_key(store, "bridge", "xenbr0");
    const unsigned wanted = (unsigned)atoi(read_key(store, "mtu", "0"));
    const struct link device = find_link(vif), bridge = find_link(bridge_name);
    const unsigned mtu = wanted ? wanted : bridge.mtu;

    check_addresses(device.index);
    put_on_bridge(vif, &bridge, mtu);
    write_results(store, mtu);
}

int main(int argc, char **argv)
{
    struct xs_handle *store = xs_open(0);

    sock = mnl_socket_open(NETLINK_ROUTE);
    if (argc < 2 || !store || !sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0)
        die("limit: opening");
    if (strcmp(argv[1], "online") == 0)
        online(store);
    else
        take_off_bridge(read_key(store, "vifname", getenv("vif")));
    return 0;
}
