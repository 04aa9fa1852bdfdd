#include "xen/vif/port_effect.h"

#include "base/error.h"
#include "base/text.h"

namespace xen {

namespace {

constexpr int most_tries = 20; // each means that somebody else changed the very same port

std::string shell_quoted(const std::string& text)
{
    std::string result = "'";
    for (const char c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

std::string membership_text(const ovs::Membership& vlans)
{
    std::string text;
    if (vlans.tag)
        text += " tag=" + std::to_string(*vlans.tag);
    std::vector<std::string> trunks;
    for (const auto trunk : vlans.trunks)
        trunks.push_back(std::to_string(trunk));
    if (!trunks.empty())
        text += " trunks=" + base::join(trunks, ",");
    return text + (vlans.mode.empty() ? "" : " vlan_mode=" + vlans.mode);
}

bool is_same(const ovs::Port& one, const ovs::Port& other)
{
    return one.bridge.uuid == other.bridge.uuid && one.vlans == other.vlans
        && one.transient == other.transient && ovs::own_ids(one.ids) == ovs::own_ids(other.ids);
}

std::optional<ovs::Port> find_port(ovs::Switch& ovs, const std::string& name)
{
    const auto sight = ovs.look({}, {name});
    const auto* const port = sight.find_port(name);
    return port ? std::optional(*port) : std::nullopt;
}

// False if there is none. Throws base::Error.
bool remove_port(ovs::Switch& ovs, const std::string& name)
{
    for (int tries = 0; tries < most_tries; ++tries) {
        const auto port = find_port(ovs, name);
        if (!port)
            return false;
        if (ovs.remove(*port))
            return true;
    }
    throw base::Error(
        "removing " + name + " from Open vSwitch: others change the port again and again at the same time");
}

} // namespace

void PortEffect::put()
{
    for (int tries = 0; tries < most_tries; ++tries) {
        if (switch_->put(to_, from_))
            return;
        const auto sight = switch_->look({to_.bridge.name}, {to_.name});
        const auto* const bridge = sight.find_bridge(to_.bridge.name);
        if (!bridge)
            throw base::Error("Could not find bridge device " + to_.bridge.name + ": it has just gone");
        to_.bridge = *bridge;
        const auto* const port = sight.find_port(to_.name);
        from_ = port ? std::optional(*port) : std::nullopt;
    }
    throw base::Error("adding " + to_.name + " to " + to_.bridge.name
        + ": others change the port again and again at the same time");
}

void PortEffect::check_taken()
{
    const auto doing = "adding " + to_.name + " to " + to_.bridge.name + ": ";
    if (!switch_->await_vswitchd())
        throw base::Error(doing
            + "Open vSwitch's database has it, but ovs-vswitchd does not take it in time (is it running?)");
    const auto port = switch_->look_at(to_.name);
    if (!port)
        throw base::Error(doing + "somebody else has removed it again");
    if (!port->error.empty())
        throw base::Error(doing + base::printable(port->error, 500));
    if (!port->taken)
        throw base::Error(doing + "ovs-vswitchd has not taken it, and does not say why (see its log)");
}

void PortEffect::await_ovn(base::Log& log)
{
    if (wait_ == OvnWait::off || switch_->await_ovn(to_.name))
        return;
    const auto id = to_.ids.find("iface-id");
    const auto reason = to_.name
        + " is not in OVN's network yet: ovn-controller has not set ovn-installed in time. Is there "
          "a logical switch port "
        + base::quoted(id == to_.ids.end() ? "" : id->second) + ", and does ovn-controller run?";
    if (wait_ == OvnWait::error)
        throw base::Error(reason);
    log.error(reason);
}

void PortEffect::apply(net::Kernel&, base::Log& log)
{
    put();
    check_taken();
    await_ovn(log);
}

void PortEffect::undo(net::Kernel&, base::Log&)
{
    if (!from_) {
        remove_port(*switch_, to_.name);
        return;
    }
    const auto now = find_port(*switch_, to_.name);
    if (now && is_same(*now, *from_)) // it never came to be otherwise
        return;
    if (!switch_->put(*from_, now))
        throw base::Error(
            "putting " + to_.name + " back as it was in Open vSwitch: others have changed it since");
}

std::string PortEffect::to_string() const
{
    std::string text = "ovs-vsctl ";
    if (from_ && from_->bridge.uuid != to_.bridge.uuid)
        text += "del-port " + from_->bridge.name + " " + to_.name + " -- ";
    text += "--may-exist add-port " + to_.bridge.name + " " + to_.name + membership_text(to_.vlans)
        + (to_.transient ? " other_config:transient=true" : "");
    if (!to_.ids.empty())
        text += " -- set interface " + to_.name;
    for (const auto& [key, value] : to_.ids)
        text += " external_ids:" + key + "=" + shell_quoted(value);
    return text + "\n";
}

void PortRemoval::apply(net::Kernel&, base::Log& log)
{
    for (const auto& name : names_)
        if (remove_port(*switch_, name) && !switch_->await_vswitchd())
            log.error("ovs-vswitchd has not let go of " + name + " in time, ignoring");
}

std::string PortRemoval::to_string() const
{
    std::string text;
    for (const auto& name : names_)
        text += "ovs-vsctl --if-exists del-port " + name + "\n";
    return text;
}

} // namespace xen
