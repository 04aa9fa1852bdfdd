// Settings of the kernel that are changed for a while, and put back when the last that needed
// them is gone. They are kept in a record that survives the process.
#pragma once

#include "base/record_folder.h"
#include "net/kernel.h"
#include "net/plan.h"

#include <string>
#include <vector>

namespace xen {

struct WantedSetting {
    net::IfName device; // IfName::all() for what holds for all
    std::string key; // "ipv4/conf/forwarding"
    std::string value;
};

struct KeptSetting {
    net::IfName device;
    std::string key;
    std::string to;
    std::string from; // what it was when the first came
    std::vector<std::string> users = {};

    bool operator==(const KeptSetting&) const = default;
};

// In the order in which they were set.
using KeptSettings = std::vector<KeptSetting>;

struct SettingsPlan {
    KeptSettings
        kept; // to be written before the steps are carried out on the way up, after them on the way down
    net::Plan steps = {};
};

// The user wants these. What this kernel does not have is left out.
SettingsPlan plan_taking(
    KeptSettings, const std::string& user, const std::vector<WantedSetting>&, const net::KernelView&);

// The user is gone: what nobody else wants gets its old value, last first, unless somebody else
// has changed it since. So does what had the wanted value before, where putting it back for all takes it
// along.
SettingsPlan plan_leaving(KeptSettings, const std::string& user, const net::KernelView&);

// The users whose names begin so, each once.
std::vector<std::string> users_of(const KeptSettings&, const std::string& prefix);

// Their record, "forwarding" (base/record_folder.h): one that is damaged is set aside, and is a base::Error,
// because nobody else knows what was before. Writing keeps room for the way back.
base::RecordFolder settings_record(
    const std::string& folder, base::RecordFolder::Tell tell = [](const std::string&) {});
KeptSettings read_kept_settings(const std::string& folder);
void write_kept_settings(const std::string& folder, const KeptSettings&);

} // namespace xen
