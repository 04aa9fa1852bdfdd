#include "dom0net_filter.h"

#include "base/error.h"
#include "base/text.h"
#include "netlink/kernel.h"
#include "tool.h"
#include "xen/call/paths.h"
#include "xen/host/dhcp.h"
#include "xen/host/proxy_switch.h"
#include "xen/vif/collection.h"
#include "xen/vif/drops.h"
#include "xen/vif/filter.h"
#include "xen/vif/turn.h"

#include <algorithm>

namespace tool {

namespace {

void collect(net::Kernel& kernel, bool dry_run, base::Log& log)
{
    const xen::DhcpServers servers(log);
    const auto remains = xen::find_remains(kernel, servers.dnsmasq_hosts());
    if (dry_run) {
        print(net::to_string(remains.steps()));
        for (const auto& host : remains.dhcp_hosts)
            print("# dhcp: forget " + host + "\n");
        return;
    }
    const auto failures = xen::remove_remains(remains, kernel, xen::paths::turns);
    xen::let_go_of_unused_proxies(xen::paths::run, kernel);
    for (const auto& host : remains.dhcp_hosts)
        servers.remove_dnsmasq_host(host);
    if (!failures.empty())
        throw base::Error(base::join(failures, "; "));
    const auto count = [](const auto& list) { return std::to_string(list.size()); };
    tell("Removed what was left of interfaces that are gone: filters " + count(remains.filters)
            + ", rate limiters " + count(remains.limiters) + ", neighbours " + count(remains.neighbours)
            + ", DHCP hosts " + count(remains.dhcp_hosts) + ".\n",
        log);
}

void repair(net::Kernel& kernel, base::Log& log)
{
    // Whoever takes a filter away meanwhile would find it put back, and nobody would know of it.
    const xen::NoTurns nobody(xen::paths::turns, xen::Turn::Clock::now() + xen::Turn::patience);
    const auto filters = kernel.filters();
    const auto count =
        std::ranges::count_if(filters, [](const auto& filter) { return filter.link.has_value(); });
    if (count > 0)
        kernel.restore_filters();
    tell("the filters of " + std::to_string(count) + " interfaces are in place\n", log);
}

std::vector<std::string> distinct(std::vector<std::string> sentences)
{
    std::vector<std::string> some;
    for (auto& sentence : sentences)
        if (std::ranges::find(some, sentence) == some.end())
            some.push_back(std::move(sentence));
    return some;
}

} // namespace

FilterVerbs::FilterVerbs(CLI::App& app)
    : drops_(app.add_subcommand("drops", "Show what the filters of guests have dropped, and why"))
    , gc_(app.add_subcommand("gc", "Remove what belongs to interfaces that are gone"))
    , repair_(app.add_subcommand("repair", "Put back the filters of guests that somebody else removed"))
{
    drops_->add_option("--vif", vif_, "of this interface only");
    drops_->add_flag("--json", json_, "print JSON");
    gc_->add_flag("--dry-run", dry_run_, "print what would be done, and do nothing");
}

void FilterVerbs::run(base::Log& log) const
{
    std::vector<std::string> faults;
    netlink::Kernel kernel(
        netlink::Filters(xen::paths::filters, [&](const std::string& fault) { faults.push_back(fault); }));
    if (drops_->parsed())
        print(xen::drops_report(kernel,
            vif_.empty() ? std::nullopt : std::optional(net::own_name(kernel, net::DeviceName::parse(vif_))),
            json_));
    else if (gc_->parsed())
        collect(kernel, dry_run_, log);
    else if (repair_->parsed())
        repair(kernel, log);
    if (!faults.empty()) // the others are done; but nobody is to believe that all is well
        throw base::Error(base::join(distinct(std::move(faults)), "; "));
}

} // namespace tool
