#include "xen/vif/external_ids.h"

#include "base/text.h"
#include "xen/call/text_template.h"

namespace xen {

namespace {

constexpr std::size_t longest_id = 512;

std::string text_of(const std::optional<Setting>& setting)
{
    return setting ? setting->text : std::string();
}

// A guest that arrives from another host is called so until it runs.
std::string without_migration(std::string name)
{
    constexpr std::string_view suffix = "--incoming";
    if (name.ends_with(suffix))
        name.resize(name.size() - suffix.size());
    return name;
}

struct Guest {
    std::string name = {};
    std::string uuid = {};
};

// The store says "/vm/<UUID>"; XAPI puts something behind it while a guest moves.
Guest guest_of(const Invocation& call, const VifSettings& settings)
{
    constexpr std::string_view prefix = "/vm/";
    constexpr std::size_t length_of_uuid = 36;
    if (!call.id)
        return {};
    const auto vm = settings.find_of_domain(call.id->domain, "vm").value_or("");
    return {without_migration(settings.find_of_domain(call.id->domain, "name").value_or("")),
        vm.starts_with(prefix) ? vm.substr(prefix.size(), length_of_uuid) : std::string()};
}

// XAPI's own number of the interface or its network, where XAPI runs.
std::string xapi_number(
    const Invocation& call, const VifSettings& settings, const std::string& uuid, const std::string& key)
{
    if (uuid.empty() || !call.id)
        return {};
    return settings.find_path("/xapi/" + uuid + "/private/vif/" + std::to_string(call.id->device) + "/" + key)
        .value_or("");
}

std::string iface_id(
    const Invocation& call, const VifSettings& settings, const Guest& guest, const std::string& mac)
{
    if (const auto setting = settings.find("iface-id"))
        return setting->text;
    if (guest.name.empty() || !call.id)
        return {};
    return fill_template(settings.configuration().iface_id,
        {{"name", guest.name}, {"uuid", guest.uuid}, {"mac", mac}, {"domid", std::to_string(call.id->domain)},
            {"devid", std::to_string(call.id->device)}});
}

} // namespace

ovs::Ids external_ids(const Invocation& call, const VifSettings& settings)
{
    const auto guest = guest_of(call, settings);
    const auto mac = text_of(settings.find("mac"));
    const auto version = settings.find("iface-id-ver");
    const auto xs_vif = xapi_number(call, settings, guest.uuid, "vif-uuid");
    ovs::Ids ids{{"attached-mac", mac}, {"xen-vm-name", guest.name}, {"xen-vm-uuid", guest.uuid},
        {"xs-vm-uuid", guest.uuid}, {"xs-vif-uuid", xs_vif},
        {"iface-id", iface_id(call, settings, guest, mac)},
        {"iface-id-ver", version ? version->text : guest.uuid}, {"vm-id", guest.uuid},
        {"iface-status", call.type == InterfaceType::vif ? "active" : "inactive"}};
    if (!xs_vif.empty())
        ids["xs-network-uuid"] = xapi_number(call, settings, guest.uuid, "network-uuid");
    std::erase_if(ids, [](const auto& each) { return each.second.empty(); });
    for (auto& [key, value] : ids)
        value = base::printable(value, longest_id);
    return ids;
}

} // namespace xen
