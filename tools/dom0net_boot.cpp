#include "dom0net_boot.h"

#include "base/process.h"
#include "base/text.h"
#include "netlink/kernel.h"
#include "tool.h"
#include "xen/adoption/boot.h"
#include "xen/call/paths.h"

namespace tool {

namespace {

void run_all(const std::string& verb, int wait, bool dry_run, base::Log& log)
{
    const auto network = xen::find_boot_network(xen::usual_boot_places());
    for (const auto& remark : network.remarks)
        log.error(remark);
    if (network.scripts.empty())
        tell(std::string("Nothing to do: neither \"network\" in ") + xen::paths::configuration
                + " nor network-script in " + xen::paths::xend_config + " says what to run.\n",
            log);
    const netlink::Kernel kernel(netlink::Filters(xen::paths::filters, {}));
    const auto run = [&](const std::vector<std::string>& call) {
        if (!dry_run)
            return base::run(call, {});
        print(base::join(call, " ") + "\n");
        return 0;
    };
    xen::run_boot_network(network, verb, kernel, std::chrono::seconds(wait), run);
}

} // namespace

BootVerbs::BootVerbs(CLI::App& app)
    : start_(app.add_subcommand("start", "Make the network that is configured"))
    , stop_(app.add_subcommand("stop", "Take back what start made"))
{
    start_->add_option("--wait", wait_, "for network cards that are not there yet, so long")
        ->check(CLI::Range(0, 3600))
        ->type_name("SECONDS");
    for (auto* const verb : {start_, stop_})
        verb->add_flag("--dry-run", dry_run_, "print what would be run, and do nothing");
}

bool BootVerbs::run(base::Log& log) const
{
    if (!start_->parsed() && !stop_->parsed())
        return false;
    run_all(start_->parsed() ? "start" : "stop", wait_, dry_run_, log);
    return true;
}

} // namespace tool
