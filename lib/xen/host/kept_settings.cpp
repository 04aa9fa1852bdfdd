#include "xen/host/kept_settings.h"

#include "base/error.h"
#include "net/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace xen {

namespace {

using nlohmann::json;

constexpr const char* record_name = "forwarding";

net::IfName device_from(const std::string& text)
{
    return text == net::IfName::all().str() ? net::IfName::all() : net::IfName::parse(text);
}

json to_json(const KeptSetting& setting)
{
    return {{"device", setting.device.str()}, {"key", setting.key}, {"to", setting.to},
        {"from", setting.from}, {"users", setting.users}};
}

KeptSetting from_json(const json& object)
{
    const auto text = [&](const char* key) { return object.at(key).get<std::string>(); };
    return {device_from(text("device")), text("key"), text("to"), text("from"),
        object.at("users").get<std::vector<std::string>>()};
}

KeptSetting& setting_for(KeptSettings& kept, const WantedSetting& wanted, const std::string& now)
{
    const auto found = std::ranges::find_if(kept,
        [&](const KeptSetting& each) { return each.device == wanted.device && each.key == wanted.key; });
    return found != kept.end() ? *found
                               : kept.emplace_back(KeptSetting{wanted.device, wanted.key, wanted.value, now});
}

void add_user(KeptSetting& setting, const std::string& user)
{
    if (std::ranges::find(setting.users, user) == setting.users.end())
        setting.users.push_back(user);
}

// A device that had what all get, and loses it with them.
bool is_dragged_by(const KeptSetting& setting, const net::IfName& device, const std::string& key)
{
    return device == net::IfName::all() && setting.key == key && setting.from == setting.to
        && setting.device != device;
}

bool is_dragged(const KeptSetting& setting, const net::Plan& steps)
{
    return std::ranges::any_of(steps, [&](const net::Step& step) {
        const auto* const change = std::get_if<net::SetSysctl>(&step);
        return change && is_dragged_by(setting, change->device, change->key);
    });
}

} // namespace

SettingsPlan plan_taking(KeptSettings kept, const std::string& user, const std::vector<WantedSetting>& wanted,
    const net::KernelView& kernel)
{
    SettingsPlan plan{std::move(kept)};
    for (const auto& each : wanted) {
        const auto now = kernel.sysctl(each.device, each.key);
        if (!now)
            continue;
        add_user(setting_for(plan.kept, each, *now), user);
        for (auto& setting : plan.kept)
            if (is_dragged_by(setting, each.device, each.key))
                add_user(setting, user);
        if (*now != each.value)
            plan.steps.emplace_back(net::SetSysctl{each.device, each.key, each.value, *now});
    }
    return plan;
}

SettingsPlan plan_leaving(KeptSettings kept, const std::string& user, const net::KernelView& kernel)
{
    SettingsPlan plan{std::move(kept)};
    for (auto setting = plan.kept.rbegin(); setting != plan.kept.rend(); ++setting) {
        const bool was_user = std::erase(setting->users, user) > 0;
        if (was_user && setting->users.empty()
            && (setting->from != setting->to || is_dragged(*setting, plan.steps))
            && kernel.sysctl(setting->device, setting->key) == setting->to)
            plan.steps.emplace_back(
                net::SetSysctl{setting->device, setting->key, setting->from, setting->to});
    }
    std::erase_if(plan.kept, [](const KeptSetting& setting) { return setting.users.empty(); });
    return plan;
}

std::vector<std::string> users_of(const KeptSettings& kept, const std::string& prefix)
{
    std::vector<std::string> found;
    for (const auto& setting : kept)
        for (const auto& user : setting.users)
            if (user.starts_with(prefix) && std::ranges::find(found, user) == found.end())
                found.push_back(user);
    return found;
}

base::RecordFolder settings_record(const std::string& folder, base::RecordFolder::Tell tell)
{
    return {folder, ".json", std::move(tell)};
}

KeptSettings read_kept_settings(const std::string& folder)
{
    const auto refuse = [](const std::string& fault) {
        throw base::Error(fault + "; look at the settings that it names, then try again");
    };
    KeptSettings kept;
    settings_record(folder, refuse).read(record_name, [&](const std::string& text) {
        for (const auto& each : net::parse_json(text))
            kept.push_back(from_json(each));
    });
    return kept;
}

void write_kept_settings(const std::string& folder, const KeptSettings& kept)
{
    constexpr std::size_t room = 65'536;
    const auto record = settings_record(folder);
    if (kept.empty())
        return record.remove(record_name);
    json list = json::array();
    for (const auto& setting : kept)
        list.push_back(to_json(setting));
    record.replace_and_reserve(record_name, net::json_text(list, 2), room);
}

} // namespace xen
