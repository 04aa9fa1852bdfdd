#include "net/bridge_port.h"

namespace net {

namespace {

std::string flag(const std::string& name, bool on)
{
    return " " + name + (on ? " on" : " off");
}

} // namespace

std::string port_text(const IfName& port, const PortSettings& to, const PortSettings& from)
{
    auto text = "bridge link set dev " + port.str() + flag("learning", to.learning)
        + flag("locked", to.locked) + flag("guard", to.guarded) + flag("root_block", to.guarded)
        + flag("isolated", to.isolated);
    if (from.station && from.station != to.station)
        text += "\nbridge fdb delete " + to_string(*from.station) + " dev " + port.str() + " master static";
    if (to.station)
        text +=
            "\nbridge fdb replace " + to_string(*to.station) + " dev " + port.str() + " master static sticky";
    return text;
}

} // namespace net
