#include "netlink/tc.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

namespace netlink {

namespace {

constexpr std::uint64_t bits_per_byte = 8;
constexpr std::uint32_t clsact_handle = TC_H_CLSACT & TC_H_MAJ_MASK;
constexpr std::uint32_t clsact_parent = TC_H_CLSACT;
constexpr std::uint32_t ingress_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
constexpr std::uint32_t filter_priority = 208; // before others' that have the kernel's choice of numbers
constexpr std::uint8_t link_layer_ethernet = 1; // TC_LINKLAYER_ETHERNET: the kernel needs no table of times

Message about_queue(
    std::uint16_t type, std::uint16_t flags, int index, std::uint32_t parent, std::uint32_t handle)
{
    Message message(type, flags);
    message.add_header(
        tcmsg{.tcm_family = AF_UNSPEC, .tcm_ifindex = index, .tcm_handle = handle, .tcm_parent = parent});
    return message;
}

// There is nothing to remove: no queue but the kernel's own, no such filter.
void change_unless_missing(RouteSocket& socket, Message& message, const std::string& doing)
{
    try {
        socket.change(message, doing);
    } catch (const base::SystemError& error) {
        if (error.code != ENOENT && error.code != EINVAL)
            throw;
    }
}

void put_bucket(Message& message, const net::RateLimit& limit)
{
    const auto bytes_per_second = limit.rate.bits_per_second / bits_per_byte;
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    tc_tbf_qopt parameters{};
    parameters.rate.linklayer = link_layer_ethernet;
    parameters.rate.rate = static_cast<std::uint32_t>(std::min(bytes_per_second, most));
    parameters.limit = limit.bucket.queue_bytes;
    const Nested options(message, TCA_OPTIONS);
    message.put_structure(TCA_TBF_PARMS, parameters);
    message.put(TCA_TBF_BURST, limit.bucket.burst_bytes);
    if (bytes_per_second >= most)
        message.put_structure(TCA_TBF_RATE64, bytes_per_second);
}

// Every frame matches: no key bit counts.
void put_redirecting_filter(Message& message, int target)
{
    tc_u32_sel selector{};
    selector.flags = TC_U32_TERMINAL;
    selector.nkeys = 1;
    std::array<std::uint8_t, sizeof(tc_u32_sel) + sizeof(tc_u32_key)> selector_and_key{};
    std::memcpy(selector_and_key.data(), &selector, sizeof selector);
    message.put(TCA_KIND, "u32");
    const Nested options(message, TCA_OPTIONS);
    message.put(TCA_U32_SEL, std::span<const std::uint8_t>(selector_and_key));
    const Nested actions(message, TCA_U32_ACT);
    const Nested first(message, 1);
    message.put(TCA_ACT_KIND, "mirred");
    const Nested action(message, TCA_ACT_OPTIONS);
    tc_mirred redirect{};
    redirect.action = TC_ACT_STOLEN;
    redirect.eaction = TCA_EGRESS_REDIR;
    redirect.ifindex = static_cast<std::uint32_t>(target);
    message.put_structure(TCA_MIRRED_PARMS, redirect);
}

} // namespace

void create_ifb(RouteSocket& socket, const net::IfName& name)
{
    Message message(RTM_NEWLINK, NLM_F_CREATE);
    message.add_header(ifinfomsg{.ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP});
    message.put(IFLA_IFNAME, name.str());
    {
        const Nested info(message, IFLA_LINKINFO);
        message.put(IFLA_INFO_KIND, "ifb");
    }
    socket.change(message, "creating the device " + name.str());
}

void limit_sending(
    RouteSocket& socket, const net::IfName& device, int index, const std::optional<net::RateLimit>& limit)
{
    if (!limit) {
        auto message = about_queue(RTM_DELQDISC, 0, index, TC_H_ROOT, 0);
        return change_unless_missing(socket, message, "removing the rate limit of " + device.str());
    }
    auto message = about_queue(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, index, TC_H_ROOT, 0);
    message.put(TCA_KIND, "tbf");
    put_bucket(message, *limit);
    socket.change(message, "limiting " + device.str() + " to " + to_string(limit->rate));
}

std::optional<net::Rate> read_sending_limit(RouteSocket& socket, int index)
{
    std::optional<net::Rate> rate;
    // The kernel answers such a question to those who listen, and to us only if asked for an echo; of a
    // queue that is its own (noqueue) it says nothing at all, but acknowledges.
    auto request = about_queue(RTM_GETQDISC, NLM_F_ECHO | NLM_F_ACK, index, TC_H_ROOT, 0);
    socket.ask(request, "looking at a queue", [&](const nlmsghdr* answer) {
        const auto attributes = attributes_of(answer, sizeof(tcmsg));
        if (attributes.text(TCA_KIND) != "tbf" || !attributes.find(TCA_OPTIONS))
            return;
        const auto bucket = nested(attributes, TCA_OPTIONS);
        const auto small = bucket.get<tc_tbf_qopt>(TCA_TBF_PARMS).value_or(tc_tbf_qopt{}).rate.rate;
        rate = net::Rate{bucket.get<std::uint64_t>(TCA_TBF_RATE64).value_or(small) * bits_per_byte};
    });
    return rate;
}

void redirect_arrivals(RouteSocket& socket, const net::IfName& device, int index, int target)
{
    const auto doing = "limiting what " + device.str() + " receives";
    auto fresh = about_queue(RTM_DELQDISC, 0, index, clsact_parent, clsact_handle);
    change_unless_missing(socket, fresh, doing);
    if (target == 0)
        return;
    auto queue = about_queue(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, index, clsact_parent, clsact_handle);
    queue.put(TCA_KIND, "clsact");
    socket.change(queue, doing);
    Message filter(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL);
    filter.add_header(tcmsg{.tcm_family = AF_UNSPEC,
        .tcm_ifindex = index,
        .tcm_parent = ingress_parent,
        .tcm_info = TC_H_MAKE(filter_priority << 16, htons(ETH_P_ALL))});
    put_redirecting_filter(filter, target);
    socket.change(filter, doing);
}

} // namespace netlink
