#include "dom0net_adoption.h"

#include "tool.h"

namespace tool {

AdoptionVerbs::AdoptionVerbs(CLI::App& app)
    : enable_(app.add_subcommand("enable", "Have Xen wire its guests by our programs"))
    , disable_(app.add_subcommand("disable", "Give Xen's own scripts back"))
{
    enable_->add_flag("--names", options_.names, "the names in /etc/xen/scripts too, for libvirt");
    enable_->add_flag("--again", again_, "only put back what an update has made old, where it is enabled");
    disable_->add_flag("--names", options_.names, "only the names in /etc/xen/scripts");
    for (auto* const verb : {enable_, disable_}) {
        verb->add_option("--root", root_, "on the host whose files are below this folder")
            ->type_name("FOLDER")
            ->check(CLI::ExistingDirectory);
        verb->add_flag("--dry-run", options_.dry_run, "print what would be done, and do nothing");
    }
    enable_->footer("The programs are in " + xen::installed_programs() + ".");
}

bool AdoptionVerbs::run(base::Log& log) const
{
    const xen::HandOver hand_over(root_);
    if (enable_->parsed())
        tell(again_ ? hand_over.again() : hand_over.enable(options_), log);
    else if (disable_->parsed())
        tell(hand_over.disable(options_), log);
    return enable_->parsed() || disable_->parsed();
}

} // namespace tool
