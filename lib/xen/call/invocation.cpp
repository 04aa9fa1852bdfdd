#include "xen/call/invocation.h"

#include "base/error.h"
#include "base/text.h"

#include <limits>

namespace xen {

namespace {

constexpr std::string_view emulated_suffix = "-emu";

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

Invocation vif_call(const Words& words, Action action, bool with_xenstore)
{
    const auto path = with_xenstore ? words.need("XENBUS_PATH") : std::string();
    const auto device = net::IfName::parse(words.need("vif"));
    const auto id = id_of_path(path);
    return {action, InterfaceType::vif, device, id ? id : vif_id_of(device.str()), path};
}

Invocation tap_call(const Words& words, Action action, bool with_xenstore)
{
    const auto device = net::IfName::parse(words.need("INTERFACE"));
    const auto id = vif_id_of(device.str());
    if (!id && with_xenstore)
        throw base::UsageError(
            "INTERFACE=" + device.str() + " does not name a tap: it has the form vif5.0-emu");
    // The path that libxl hands over is not used for taps: the name tells the absolute one.
    const auto path = with_xenstore
        ? "/local/domain/0/backend/vif/" + std::to_string(id->domain) + "/" + std::to_string(id->device)
        : std::string();
    return {action, InterfaceType::tap, device, id, path};
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
    if (name.ends_with(emulated_suffix))
        name.remove_suffix(emulated_suffix.size());
    const auto dot = name.find('.');
    if (!name.starts_with("vif") || dot == std::string_view::npos)
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

std::optional<Setting> VifSettings::find(const std::string& name) const
{
    std::optional<Setting> setting;
    if (store_)
        if (auto value = store_->read(path_ + "/" + name))
            setting = {*std::move(value), true};
    if (!setting)
        if (auto value = words_.find(name))
            setting = {*std::move(value), false};
    return setting && setting->text.empty() ? std::nullopt : setting;
}

void refuse(const Setting& setting, const std::string& reason)
{
    if (setting.from_xenstore)
        throw base::Error(reason);
    throw base::UsageError(reason);
}

net::IfName interface_name(const std::string& what, const Setting& setting)
{
    if (const auto fault = net::IfName::fault(setting.text))
        refuse(setting, what + " " + base::quoted(setting.text) + " is not an interface name: " + *fault);
    return net::IfName::parse(setting.text);
}

net::DeviceName device_name(const std::string& what, const Setting& setting)
{
    if (const auto fault = net::DeviceName::fault(setting.text))
        refuse(setting, what + " " + base::quoted(setting.text) + " is not an interface name: " + *fault);
    return net::DeviceName::parse(setting.text);
}

net::IfName wanted_name(const Invocation& call, const VifSettings& settings)
{
    const auto vifname = settings.find("vifname");
    if (!vifname)
        return call.device;
    const std::string suffix(call.type == InterfaceType::tap ? emulated_suffix : "");
    if (!call.going_up())
        return net::IfName::try_parse(vifname->text + suffix).value_or(call.device);
    const auto name = interface_name("vifname", *vifname);
    const auto longest = net::IfName::longest - suffix.size();
    if (name.str().size() > longest)
        refuse(*vifname,
            "vifname " + base::quoted(name.str()) + " is longer than " + std::to_string(longest)
                + " characters, which leaves no room for the \"-emu\" of the guest's emulated card");
    return net::IfName::parse(name.str() + suffix);
}

} // namespace xen
