// One call of a vif program: what the caller asks for, and what Xenstore and the command line
// say of the interface.
#pragma once

#include "base/error.h"
#include "net/types.h"
#include "xen/call/config.h"
#include "xen/call/words.h"
#include "xen/call/xenstore.h"

#include <optional>
#include <string>
#include <string_view>

namespace xen {

enum class Action { online, offline, add, remove };
enum class InterfaceType { vif, tap }; // tap: the emulated card of an HVM guest

struct VifId {
    unsigned domain = 0;
    unsigned device = 0;

    // Of decimal numbers.
    static std::optional<VifId> parse(const std::string& domain, const std::string& device);

    bool operator==(const VifId&) const = default;
};

// "vif5.0", "vif5.0-emu", or "tap5.0" as Xen 4.1 and XAPI call an emulated card
std::optional<VifId> vif_id_of(std::string_view name);

// What the call is about (docs/hotplug-contract.md, section 1). Stands apart from Xenstore, so that what is
// wrong with a call is known before anything is read.
struct Invocation {
    Action action;
    InterfaceType type;
    net::IfName device; // the name that the kernel gave it: vif5.0, vif5.0-emu
    net::IfName called; // the name that the caller gives it: udev says how a vif is called by now
    std::optional<VifId> id; // as far as the names tell
    std::string xenbus_path; // empty without Xenstore

    // Nothing for a call that is to be left alone: online and offline of a tap, add and remove of a
    // vif. Throws UsageError, as when path and name are of two interfaces. Without Xenstore, XENBUS_PATH is
    // not needed.
    static std::optional<Invocation> parse(const Words&, bool with_xenstore);

    bool going_up() const { return action == Action::online || action == Action::add; }
};

// A setting, and where it comes from: what Xenstore says is the toolstack's affair (exit status
// 1), what the command line or the environment says is the caller's (2).
struct Setting {
    std::string text;
    bool from_xenstore = false;
};

// Throws UsageError or base::Error, by where the setting comes from.
[[noreturn]] void refuse(const Setting&, const std::string& reason);

// The settings of one vif: Xenstore before command line before environment. An empty node in
// Xenstore hides what the others say.
class VifSettings {
public:
    // For going down: each is read when it is first asked for, and what is not there any more is absent. So
    // is all that is asked for after the store has failed, which fault() tells: who has to go does not stay
    // for that. Without a store (null) the words alone count.
    VifSettings(const Words& words, const Xenstore* store, std::string path, Configuration configuration = {})
        : words_(words)
        , store_(store)
        , path_(std::move(path))
        , configuration_(std::move(configuration))
    { }

    // For going up: all that every vif has are read at once, so that they belong together. Throws base::Error
    // if there is no such folder.
    static VifSettings of_one_moment(
        const Words&, const Xenstore&, const std::string& path, Configuration configuration = {});

    // Nothing if the setting is absent or empty.
    std::optional<Setting> find(const std::string& name) const;

    // The setting as a value, the one door for all of them: the parser throws UsageError for a text that
    // makes no sense, and then it is refused with the setting's name before the parser's words. Nothing as in
    // find().
    template <class Parser>
    auto get(const std::string& name, const Parser& parse) const
        -> std::optional<decltype(parse(std::string()))>
    {
        const auto setting = find(name);
        if (!setting)
            return std::nullopt;
        try {
            return parse(setting->text);
        } catch (const base::UsageError& error) {
            refuse(*setting, name + " " + error.what());
        }
    }

    // From the command line alone: there it counts more than the configuration.
    std::optional<std::string> find_word(const std::string& name) const { return words_.find_word(name); }

    // What the store says of a domain ("name"), or of anything by its whole path; nothing without a store.
    std::optional<std::string> find_of_domain(unsigned domain, const std::string& key) const;
    std::optional<std::string> find_path(const std::string& path) const;

    // Why the store could not be read on the way down; empty if it could.
    const std::string& fault() const { return fault_; }

    // What holds for every guest of the host.
    const Configuration& configuration() const { return configuration_; }

private:
    std::optional<std::string> read(const std::string& name) const;
    std::optional<std::string> read_path(const std::string& path) const;
    std::optional<std::string> find_in_store(const std::string& name) const;

    const Words& words_;
    const Xenstore* store_;
    std::string path_;
    Configuration configuration_;
    std::optional<StoreFolder> folder_ = {};
    mutable std::map<std::string, std::optional<std::string>> known_ = {};
    mutable std::string fault_ = {};
};

// The name that the vif or tap shall have: its vifname (with "-emu" for a tap), else the kernel's.
// A vifname that cannot be is refused on the way up; on the way down no interface can have it.
net::IfName wanted_name(const Invocation&, const VifSettings&);

} // namespace xen
