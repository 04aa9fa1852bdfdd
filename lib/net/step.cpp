#include "net/step.h"

#include <algorithm>

namespace net {

namespace {

struct Inverse {
    std::optional<Step> operator()(const CreateBridge& s) const { return DeleteLink{s.name}; }
    std::optional<Step> operator()(const CreateVethPair& s) const { return DeleteLink{s.name}; }
    std::optional<Step> operator()(const CreateTap& s) const { return DeleteLink{s.name}; }
    std::optional<Step> operator()(const CreateVxlan& s) const { return DeleteLink{s.name}; }
    std::optional<Step> operator()(const DeleteLink&) const { return std::nullopt; }
    std::optional<Step> operator()(const ChangeLink& s) const { return ChangeLink{s.link, s.from, s.to}; }
    std::optional<Step> operator()(const RenameLink& s) const { return RenameLink{s.to, s.from}; }
    std::optional<Step> operator()(const HoldBridge&) const { return std::nullopt; }
    std::optional<Step> operator()(const AddEntry& s) const { return RemoveEntry{s.entry}; }
    std::optional<Step> operator()(const RemoveEntry& s) const { return AddEntry{s.entry}; }
    std::optional<Step> operator()(const ReplaceEntry& s) const { return ReplaceEntry{s.from, s.to}; }
    std::optional<Step> operator()(const SetSysctl& s) const
    {
        return SetSysctl{s.device, s.key, s.from, s.to};
    }
    std::optional<Step> operator()(const JoinGroup& s) const { return LeaveGroup{s.device, s.group}; }
    std::optional<Step> operator()(const LeaveGroup& s) const { return JoinGroup{s.device, s.group}; }
    std::optional<Step> operator()(const AwaitRunning&) const { return std::nullopt; }
    std::optional<Step> operator()(const InstallFilter& s) const
    {
        if (s.from)
            return InstallFilter{*s.from, s.to};
        return RemoveFilter{s.to.owner, s.to};
    }
    std::optional<Step> operator()(const RemoveFilter& s) const
    {
        return s.from ? std::optional<Step>(InstallFilter{*s.from, {}}) : std::nullopt;
    }
    std::optional<Step> operator()(const AwaitAddresses&) const { return std::nullopt; }
    std::optional<Step> operator()(const SolicitRouters& s) const
    {
        return s.when_undone ? std::optional<Step>(s) : std::nullopt;
    }
    std::optional<Step> operator()(const CreateIfb& s) const { return DeleteLink{s.name}; }
    std::optional<Step> operator()(const LimitSending& s) const
    {
        return LimitSending{s.device, s.from, s.to};
    }
    std::optional<Step> operator()(const RedirectArrivals& s) const
    {
        return RedirectArrivals{s.device, s.from, s.to};
    }
    std::optional<Step> operator()(const ChangePort& s) const { return ChangePort{s.port, s.from, s.to}; }
    std::optional<Step> operator()(const SetVlans& s) const { return SetVlans{s.port, s.from, s.to}; }
    std::optional<Step> operator()(const PutTable& s) const
    {
        if (s.from)
            return PutTable{*s.from, s.to};
        return RemoveTable{s.to};
    }
    std::optional<Step> operator()(const RemoveTable& s) const { return PutTable{s.from, {}}; }
};

// In single quotes, as a shell reads it.
std::string shell_quoted(const std::string& text)
{
    std::string result = "'";
    for (const char c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

std::string settings_text(const LinkSettings& settings)
{
    std::string text;
    if (settings.addr_gen_mode)
        text += " addrgenmode " + to_string(*settings.addr_gen_mode);
    if (settings.mac)
        text += " address " + to_string(*settings.mac);
    if (settings.mtu)
        text += " mtu " + std::to_string(*settings.mtu);
    if (settings.tx_queue_length)
        text += " txqueuelen " + std::to_string(*settings.tx_queue_length);
    if (settings.group)
        text += " group " + std::to_string(*settings.group);
    if (settings.master)
        text += *settings.master ? " master " + (*settings.master)->str() : " nomaster";
    if (settings.up)
        text += *settings.up ? " up" : " down";
    if (settings.alias)
        text += " alias " + shell_quoted(*settings.alias);
    if (settings.vlan_filtering || settings.multicast_snooping)
        text += " type bridge";
    if (settings.vlan_filtering)
        text += std::string(" vlan_filtering ") + (*settings.vlan_filtering ? "1" : "0");
    if (settings.multicast_snooping)
        text += std::string(" mcast_snooping ") + (*settings.multicast_snooping ? "1" : "0");
    return text;
}

struct Text {
    std::string operator()(const CreateBridge& s) const
    {
        return "ip link add name " + s.name.str() + " address " + to_string(s.mac) + " mtu "
            + std::to_string(s.mtu) + " type bridge stp_state 0 forward_delay 0";
    }
    std::string operator()(const CreateVethPair& s) const
    {
        return "ip link add name " + s.name.str() + " type veth peer name " + s.peer.str();
    }
    std::string operator()(const CreateTap& s) const
    {
        return "ip tuntap add dev " + s.name.str() + " mode tap user " + s.owner;
    }
    std::string operator()(const CreateVxlan& s) const
    {
        return "ip link add name " + s.name.str() + " type vxlan id " + std::to_string(s.id) + " group "
            + to_string(s.group) + " dev " + s.device.str() + " dstport " + std::to_string(s.port) + " ttl "
            + std::to_string(s.ttl);
    }
    std::string operator()(const DeleteLink& s) const { return "ip link delete dev " + s.name.str(); }
    std::string operator()(const ChangeLink& s) const
    {
        return "ip link set dev " + s.link.str() + settings_text(s.to);
    }
    std::string operator()(const RenameLink& s) const
    {
        return "ip link set dev " + s.from.str() + " name " + s.to.str();
    }
    std::string operator()(const HoldBridge& s) const
    {
        return "ip link set dev " + s.bridge.str() + settings_text({.mac = s.mac, .mtu = s.mtu});
    }
    std::string operator()(const AddEntry& s) const { return entry_text(s.entry, "add"); }
    std::string operator()(const RemoveEntry& s) const { return entry_text(s.entry, "delete"); }
    std::string operator()(const ReplaceEntry& s) const { return entry_text(s.to, "replace"); }
    std::string operator()(const SetSysctl& s) const
    {
        return "sysctl -w " + sysctl_name(s.device, s.key) + "=" + s.to;
    }
    std::string operator()(const JoinGroup& s) const { return group_text(s.device, s.group, "add"); }
    std::string operator()(const LeaveGroup& s) const { return group_text(s.device, s.group, "delete"); }
    std::string operator()(const AwaitRunning& s) const
    {
        return "# wait until " + s.link.str() + " is operationally up";
    }
    std::string operator()(const InstallFilter& s) const
    {
        const bool other = s.from && *s.from != s.to;
        return nft_text("the filter of " + s.to.owner.str(),
            (other ? removing_text(*s.from) : "") + installing_text(s.to));
    }
    std::string operator()(const RemoveFilter& s) const
    {
        return nft_text("without the filter of " + s.owner.str(), s.from ? removing_text(*s.from) : "");
    }
    std::string operator()(const AwaitAddresses& s) const
    {
        return "# wait until " + s.device.str() + " takes in what is sent to its IPv6 addresses";
    }
    std::string operator()(const SolicitRouters& s) const
    {
        return "# ask the routers behind " + s.device.str() + " to advertise themselves";
    }
    std::string operator()(const CreateIfb& s) const
    {
        return "ip link add name " + s.name.str() + " up type ifb";
    }
    std::string operator()(const LimitSending& s) const
    {
        const auto device = "dev " + s.device.str() + " root";
        if (!s.to)
            return "tc qdisc delete " + device;
        return "tc qdisc replace " + device + " tbf rate " + std::to_string(s.to->rate.bits_per_second)
            + "bit burst " + std::to_string(s.to->bucket.burst_bytes) + " limit "
            + std::to_string(s.to->bucket.queue_bytes);
    }
    std::string operator()(const RedirectArrivals& s) const
    {
        const auto device = " dev " + s.device.str();
        if (!s.to)
            return "tc qdisc delete" + device + " clsact";
        return "tc qdisc replace" + device + " clsact\ntc filter add" + device
            + " ingress protocol all prio 208 u32 match u32 0 0 action mirred egress redirect dev "
            + s.to->str();
    }
    std::string operator()(const ChangePort& s) const { return port_text(s.port, s.to, s.from); }
    std::string operator()(const SetVlans& s) const
    {
        return "# " + s.port.str() + " is in VLAN " + to_string(s.to) + " of its bridge"
            + vlan_text(s.port, s.from, "delete") + vlan_text(s.port, s.to, "add");
    }
    std::string operator()(const PutTable& s) const
    {
        return nft_text("the table " + s.to.name, nft::to_string(s.to));
    }
    std::string operator()(const RemoveTable& s) const
    {
        const auto place = nft::to_string(s.from.family) + " " + s.from.name;
        return nft_text(
            "without the table " + s.from.name, "add table " + place + "\ndelete table " + place + "\n");
    }

private:
    static std::string vlan_text(const IfName& port, const Vlans& vlans, const std::string& verb)
    {
        std::string text;
        for (const auto& vlan : vlans)
            text += "\nbridge vlan " + verb + " dev " + port.str() + " vid " + std::to_string(vlan.id)
                + (vlan.pvid && verb == "add" ? " pvid" : "")
                + (vlan.untagged && verb == "add" ? " untagged" : "");
        return text;
    }
    static std::string nft_text(const std::string& title, const std::string& lines)
    {
        return "nft -f - <<'END'\n# " + title + "\n" + lines + "END";
    }
    static std::string entry_text(const Entry& entry, const std::string& verb)
    {
        return "ip " + object_name(entry) + " " + verb + " " + to_string(entry);
    }
    static std::string group_text(const IfName& device, const Mac& group, const std::string& verb)
    {
        return "ip maddress " + verb + " " + to_string(group) + " dev " + device.str();
    }
};

} // namespace

std::optional<Step> inverse(const Step& step)
{
    return std::visit(Inverse{}, step);
}

std::string sysctl_name(const IfName& device, const std::string& key)
{
    const auto end_of_folder = key.rfind('/');
    return "net/" + key.substr(0, end_of_folder) + "/" + device.str() + key.substr(end_of_folder);
}

std::string to_string(const Step& step)
{
    return std::visit(Text{}, step);
}

} // namespace net
