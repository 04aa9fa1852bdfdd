#include "xen/vif/hotplug_status.h"

#include "base/text.h"

#include <vector>

namespace xen {

namespace {

// xenstored takes messages of 4096 bytes, and the path is in them.
constexpr std::size_t longest_reason = 2048;

// The front end's MTU is a service to the guest. A driver domain may not be allowed to write it.
StoreChange mtu_change(const VifId& id, unsigned mtu)
{
    const auto path =
        "/local/domain/" + std::to_string(id.domain) + "/device/vif/" + std::to_string(id.device) + "/mtu";
    return {.path = path, .value = std::to_string(mtu), .may_be_refused = true};
}

void write(
    Xenstore& store, base::Log& log, const std::string& folder, const std::vector<StoreChange>& changes)
{
    for (const auto& change : changes)
        if (change.value)
            log.debug("Writing " + change.path + " " + *change.value + " to xenstore.");
    for (const auto& path : store.commit(folder, changes))
        log.debug("writing " + path + " in xenstore is not allowed to us, ignoring");
}

} // namespace

void tell_connected(Xenstore& store, base::Log& log, const Invocation& call, std::optional<unsigned> mtu)
{
    std::vector<StoreChange> changes;
    if (mtu && call.id)
        changes.push_back(mtu_change(*call.id, *mtu));
    changes.push_back({call.xenbus_path + "/hotplug-error", {}});
    changes.push_back({call.xenbus_path + "/hotplug-status", "connected"});
    write(store, log, call.xenbus_path, changes);
}

// Where the reason finds no place, the status does: the node is there already.
void tell_error(const std::function<std::unique_ptr<Xenstore>()>& open_store,
    std::unique_ptr<Xenstore>& store, base::Log& log, const std::string& xenbus_path,
    const std::string& reason) noexcept
{
    const auto try_to_write = [&](const std::vector<StoreChange>& changes) -> std::string {
        try {
            if (!store)
                store = open_store();
            write(*store, log, xenbus_path, changes);
            return {};
        } catch (const std::exception& error) {
            return error.what();
        }
    };
    const StoreChange status{xenbus_path + "/hotplug-status", "error"};
    const auto failure =
        try_to_write({{xenbus_path + "/hotplug-error", base::printable(reason, longest_reason)}, status});
    if (failure.empty())
        return;
    const auto failure_of_status = try_to_write({status});
    log.error((failure_of_status.empty() ? "the reason could not be told to Xen: "
                                         : "the failure could not be told to Xen: ")
        + failure);
}

} // namespace xen
