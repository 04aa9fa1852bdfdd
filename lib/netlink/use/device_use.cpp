#include "netlink/use/device_use.h"

#include "base/error.h"
#include "netlink/use/dump.h"

#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace netlink {

namespace {

// linux/if_link.h of older systems lacks it; older kernels ignore it.
constexpr std::uint32_t skip_statistics = 1U << 3;

// Kinds that register as receivers of the device below them (netdev_rx_handler_register()).
constexpr std::array<std::string_view, 7> receivers{
    "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec", "rmnet", "hsr"};

Message link_request()
{
    Message message(RTM_GETLINK, 0);
    message.add_header(ifinfomsg{.ifi_family = AF_UNSPEC});
    message.put(IFLA_EXT_MASK, skip_statistics);
    return message;
}

Message tc_request(std::uint16_t type, int index, std::uint32_t parent)
{
    Message message(type, 0);
    message.add_header(tcmsg{.tcm_family = AF_UNSPEC, .tcm_ifindex = index, .tcm_parent = parent});
    return message;
}

template <class Header> const Header* head(const nlmsghdr* message)
{
    return nlmsg_datalen(message) < static_cast<int>(sizeof(Header))
        ? nullptr
        : static_cast<const Header*>(nlmsg_data(message));
}

void append_filters(
    std::vector<std::string>& found, int index, std::uint32_t parent, const std::string& where)
{
    const auto take = [&](const nlmsghdr* message) {
        const auto* const about = head<tcmsg>(message);
        if (!about || about->tcm_ifindex != index)
            return;
        const auto words = where + " " + attributes_of(message, sizeof(tcmsg)).text(TCA_KIND);
        if (std::ranges::find(found, words) == found.end())
            found.push_back(words);
    };
    try {
        dump(NETLINK_ROUTE, tc_request(RTM_GETTFILTER, index, parent), "listing filters of tc", take);
    } catch (const base::SystemError& error) { // no such queue
        if (error.code != EINVAL && error.code != ENOENT && error.code != EOPNOTSUPP)
            throw;
    }
}

// Programs that are attached without a queue, since Linux 6.6: places of linux/bpf.h that older systems lack.
constexpr std::array<std::pair<const char*, std::uint32_t>, 2> tcx_places{{{"ingress", 46}, {"egress", 47}}};

bool has_programs(int index, std::uint32_t attach_type)
{
    bpf_attr question{};
    question.query.target_fd = static_cast<std::uint32_t>(index); // an interface's number in this case
    question.query.attach_type = attach_type;
    return ::syscall(SYS_bpf, BPF_PROG_QUERY, &question, sizeof question) == 0 && question.query.prog_cnt > 0;
}

} // namespace

std::vector<net::Holder> holders(int index)
{
    std::vector<net::Holder> found;
    dump(NETLINK_ROUTE, link_request(), "listing links", [&](const nlmsghdr* message) {
        const auto attributes = attributes_of(message, sizeof(ifinfomsg));
        const auto kind = nested(attributes, IFLA_LINKINFO).text(IFLA_INFO_KIND);
        const auto name = net::IfName::try_parse(attributes.text(IFLA_IFNAME));
        if (attributes.get<int>(IFLA_LINK) == index && name && !attributes.find(IFLA_LINK_NETNSID)
            && std::ranges::find(receivers, kind) != receivers.end())
            found.push_back({*name, kind});
    });
    return found;
}

bool has_xdp(int index)
{
    bool attached = false;
    dump(NETLINK_ROUTE, link_request(), "listing links", [&](const nlmsghdr* message) {
        const auto* const about = head<ifinfomsg>(message);
        if (!about || about->ifi_index != index)
            return;
        const auto xdp = nested(attributes_of(message, sizeof(ifinfomsg)), IFLA_XDP);
        attached = xdp.get<std::uint8_t>(IFLA_XDP_ATTACHED).value_or(XDP_ATTACHED_NONE) != XDP_ATTACHED_NONE;
    });
    return attached;
}

std::vector<std::string> queues(int index)
{
    std::vector<std::string> found;
    dump(NETLINK_ROUTE, tc_request(RTM_GETQDISC, index, 0), "listing queues", [&](const nlmsghdr* message) {
        const auto* const about = head<tcmsg>(message);
        // Those that the kernel chose by itself have no handle.
        if (about && about->tcm_ifindex == index && about->tcm_parent == TC_H_ROOT && about->tcm_handle != 0)
            found.push_back(attributes_of(message, sizeof(tcmsg)).text(TCA_KIND));
    });
    return found;
}

std::vector<std::string> filters(int index)
{
    std::vector<std::string> found;
    append_filters(found, index, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), "ingress");
    append_filters(found, index, TC_H_MAKE(TC_H_INGRESS, 0), "ingress");
    append_filters(found, index, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), "egress");
    append_filters(found, index, 0, "root");
    for (const auto& [where, type] : tcx_places)
        if (has_programs(index, type))
            found.push_back(std::string(where) + " bpf (tcx)");
    return found;
}

} // namespace netlink
