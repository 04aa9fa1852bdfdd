#include "xen/call/invocation.h"

#include "base/error.h"
#include "base/text.h"

#include <limits>

namespace xen {

namespace {

constexpr std::string_view emulated_suffix = "-emu";
constexpr std::string_view old_tap_prefix = "tap";

Action parse_action(const std::string& word)
{
    if (word == "online")
        return Action::online;
    if (word == "offline")
        return Action::offline;
    if (word == "add")
        return Action::add;
    if (word == "remove")
        return Action::remove;
    throw base::UsageError(
        "Invalid command: " + base::quoted(word) + " is none of online, offline, add and remove");
}

InterfaceType parse_type(const std::string& word)
{
    if (word == "vif")
        return InterfaceType::vif;
    if (word == "tap")
        return InterfaceType::tap;
    throw base::UsageError("unknown interface type " + base::quoted(word) + ": it is neither vif nor tap");
}

bool is_for(Action action, InterfaceType type)
{
    const bool for_vif = action == Action::online || action == Action::offline;
    return for_vif == (type == InterfaceType::vif);
}

// ".../backend/vif/5/0"
std::optional<VifId> id_of_path(const std::string& path)
{
    const auto parts = base::split(path, '/');
    if (parts.size() < 2)
        return std::nullopt;
    return VifId::parse(parts[parts.size() - 2], parts.back());
}

std::string name_of(const VifId& id)
{
    return "vif" + std::to_string(id.domain) + "." + std::to_string(id.device);
}

[[noreturn]] void refuse_two_interfaces(const std::string& path, const std::string& name)
{
    throw base::UsageError("XENBUS_PATH=" + path + " and " + name
        + " are not the same interface: one of them is wrong, and nothing was done");
}

Invocation vif_call(const Words& words, Action action, bool with_xenstore)
{
    const auto path = with_xenstore ? words.need("XENBUS_PATH") : std::string();
    const auto called = net::IfName::parse(words.need("vif"));
    const auto id_of_name = vif_id_of(called.str());
    const auto id = with_xenstore ? id_of_path(path) : std::nullopt;
    if (!id)
        return {action, InterfaceType::vif, called, called, id_of_name, path};
    if (id_of_name && called.str() != name_of(*id))
        refuse_two_interfaces(path, "vif=" + called.str());
    const auto device = net::IfName::try_parse(name_of(*id)).value_or(called);
    return {action, InterfaceType::vif, device, called, id, path};
}

std::optional<VifId> tap_id_of(const std::string& name)
{
    return name.ends_with(emulated_suffix) || name.starts_with(old_tap_prefix) ? vif_id_of(name)
                                                                               : std::nullopt;
}

Invocation tap_call(const Words& words, Action action, bool with_xenstore)
{
    const auto device = net::IfName::parse(words.need("INTERFACE"));
    if (!with_xenstore)
        return {action, InterfaceType::tap, device, device, vif_id_of(device.str()), ""};
    const auto id = tap_id_of(device.str());
    if (!id)
        throw base::UsageError(
            "INTERFACE=" + device.str() + " does not name a tap: it has the form vif5.0-emu");
    const auto told = words.find("XENBUS_PATH").value_or("");
    if (const auto id_told = id_of_path(told); id_told && id_told != id)
        refuse_two_interfaces(told, "INTERFACE=" + device.str());
    // The path that libxl hands over is not used for taps: the name tells the absolute one.
    return {action, InterfaceType::tap, device, device, id,
        "/local/domain/0/backend/vif/" + std::to_string(id->domain) + "/" + std::to_string(id->device)};
}

} // namespace

std::optional<VifId> VifId::parse(const std::string& domain, const std::string& device)
{
    constexpr auto most = std::numeric_limits<unsigned>::max();
    const auto first = base::parse_number(domain, most);
    const auto second = base::parse_number(device, most);
    if (!first || !second)
        return std::nullopt;
    return VifId{static_cast<unsigned>(*first), static_cast<unsigned>(*second)};
}

std::optional<VifId> vif_id_of(std::string_view name)
{
    const bool is_tap = name.starts_with(old_tap_prefix);
    if (!is_tap && name.ends_with(emulated_suffix))
        name.remove_suffix(emulated_suffix.size());
    const auto dot = name.find('.');
    if ((!is_tap && !name.starts_with("vif")) || dot == std::string_view::npos)
        return std::nullopt;
    return VifId::parse(std::string(name.substr(3, dot - 3)), std::string(name.substr(dot + 1)));
}

std::optional<Invocation> Invocation::parse(const Words& words, bool with_xenstore)
{
    const auto action = parse_action(words.command());
    const auto type = parse_type(words.find_word("type_if").value_or("vif"));
    if (!is_for(action, type))
        return std::nullopt;
    return type == InterfaceType::vif ? vif_call(words, action, with_xenstore)
                                      : tap_call(words, action, with_xenstore);
}

VifSettings VifSettings::of_one_moment(
    const Words& words, const Xenstore& store, const std::string& path, Configuration configuration)
{
    static const std::vector<std::string> of_every_vif{
        "bridge", "ip", "mac", "mtu", "rate", "vifname", "vlan"};
    VifSettings settings(words, &store, path, std::move(configuration));
    settings.folder_ = store.read_folder(path, of_every_vif);
    if (!settings.folder_)
        throw base::Error(path
            + " is not in xenstore: the toolstack has taken the interface away again, or "
              "XENBUS_PATH is wrong");
    settings.known_.insert(settings.folder_->values.begin(), settings.folder_->values.end());
    return settings;
}

std::optional<std::string> VifSettings::read(const std::string& name) const
{
    if (folder_ && !folder_->has(name))
        return std::nullopt;
    auto value = read_path(path_ + "/" + name);
    if (folder_ && !value)
        throw base::Error(path_ + " has gone from xenstore while it was read");
    return value;
}

std::optional<std::string> VifSettings::read_path(const std::string& path) const
{
    if (folder_)
        return store_->read(path);
    if (!fault_.empty())
        return std::nullopt;
    try {
        return store_->read(path);
    } catch (const base::Error& error) {
        fault_ = error.what();
        return std::nullopt;
    }
}

std::optional<std::string> VifSettings::find_in_store(const std::string& name) const
{
    if (!store_)
        return std::nullopt;
    auto known = known_.find(name);
    if (known == known_.end())
        known = known_.emplace(name, read(name)).first;
    return known->second;
}

std::optional<Setting> VifSettings::find(const std::string& name) const
{
    std::optional<Setting> setting;
    if (auto value = find_in_store(name))
        setting = {*std::move(value), true};
    if (!setting)
        if (auto value = words_.find(name))
            setting = {*std::move(value), false};
    return setting && setting->text.empty() ? std::nullopt : setting;
}

std::optional<std::string> VifSettings::find_of_domain(unsigned domain, const std::string& key) const
{
    return find_path("/local/domain/" + std::to_string(domain) + "/" + key);
}

std::optional<std::string> VifSettings::find_path(const std::string& path) const
{
    return store_ ? read_path(path) : std::nullopt;
}

void refuse(const Setting& setting, const std::string& reason)
{
    if (setting.from_xenstore)
        throw base::Error(reason);
    throw base::UsageError(reason);
}

namespace {

std::string suffix_of(const Invocation& call)
{
    return std::string(call.type == InterfaceType::tap ? emulated_suffix : "");
}

net::IfName parse_vifname(const Invocation& call, const std::string& text)
{
    const auto name = net::IfName::parse(text);
    if (const auto other = vif_id_of(text); other && other != call.id)
        throw base::UsageError(base::quoted(text) + " is the name of another guest's interface");
    const auto suffix = suffix_of(call);
    const auto longest = net::IfName::longest - suffix.size();
    if (text.size() > longest)
        throw base::UsageError(base::quoted(text) + " is longer than " + std::to_string(longest)
            + " characters, which leaves no room for the \"-emu\" of the guest's emulated card");
    return suffix.empty() ? name : net::IfName::parse(text + suffix);
}

} // namespace

net::IfName wanted_name(const Invocation& call, const VifSettings& settings)
{
    if (call.going_up())
        return settings.get("vifname", [&](const auto& text) { return parse_vifname(call, text); })
            .value_or(call.device);
    const auto vifname = settings.find("vifname");
    return vifname ? net::IfName::try_parse(vifname->text + suffix_of(call)).value_or(call.device)
                   : call.device;
}

} // namespace xen
