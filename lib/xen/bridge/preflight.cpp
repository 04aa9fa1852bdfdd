#include "xen/bridge/preflight.h"

#include "base/text.h"

#include <sys/socket.h>

#include <algorithm>

namespace xen {

namespace {

using net::FirewallUse;
using net::SocketUse;

using Findings = std::vector<Finding>;

constexpr std::size_t most_of_a_kind = 20;

std::string count_of(std::size_t number, const std::string& thing)
{
    return number == 1 ? "a " + thing : std::to_string(number) + " " + thing + "s";
}

void append(Findings& all, Findings more)
{
    if (more.size() > most_of_a_kind) {
        const auto rest = more.size() - most_of_a_kind;
        more.resize(most_of_a_kind, more.front());
        more.back().text += " (and " + std::to_string(rest) + " more like it)";
    }
    std::ranges::move(more, std::back_inserter(all));
}

// --- what makes it impossible

Findings of_the_kind(const Situation& now)
{
    const auto& name = now.from.name.str();
    if (now.from.is_bridge())
        return {{Weight::impossible, name + " is a bridge itself: it needs no other"}};
    if (now.from.master)
        return {{Weight::impossible,
            name + " is a port already: take it off its bridge or bond first (ip link set dev " + name
                + " nomaster)"}};
    if (!now.from.ethernet || name == "lo")
        return {
            {Weight::impossible, name + " is no Ethernet interface: it cannot become a port of a bridge"}};
    return {};
}

Findings of_radio(const Situation& now)
{
    const auto& name = now.from.name.str();
    if (!now.wireless)
        return {};
    return {{Weight::breaks,
        name + " is wireless: it sends only frames of its own address, unless it does 4addr (iw dev " + name
            + " set 4addr on); use network-route or network-nat instead"}};
}

Findings of_names(const Situation& now)
{
    Findings found;
    for (const auto& name : now.taken)
        found.push_back({Weight::impossible,
            "there is an interface " + name.str()
                + " already, which network-bridge did not make: name another with bridge=, or delete it"});
    return found;
}

Findings of_holders(const Situation& now)
{
    Findings found;
    for (const auto& holder : now.use.holders)
        found.push_back({Weight::impossible,
            holder.name.str() + " (" + holder.kind + ") takes what " + now.from.name.str()
                + " receives, so that no bridge can: make it on the bridge instead, once that is there, or "
                  "delete it "
                  "(ip link delete dev "
                + holder.name.str() + ")"});
    return found;
}

// --- what breaks

Findings of_the_root(const Situation& now)
{
    if (!now.root_server)
        return {};
    return {{Weight::breaks,
        "the root file system comes over " + now.from.name.str() + " from " + to_string(*now.root_server)
            + ", and an interruption would stop the host"}};
}

std::string cure_of(const FirewallUse& use, const Situation& now)
{
    const auto& to = now.to.str();
    if (!use.set.empty())
        return "add " + to + " to the set " + use.set
            + (use.set.starts_with("__") ? ", which is the rule's own" : "");
    if (use.rule.starts_with("iif ") || use.rule.starts_with("oif "))
        return "name it with iifname or oifname instead of the number, and add the same for " + to;
    if (use.table.ends_with(" firewalld"))
        return "put " + to + " into the same zone (firewall-cmd --zone=ZONE --add-interface=" + to + ")";
    return "add the same for " + to;
}

Finding of_rules(const FirewallUse& use, const Situation& now)
{
    const auto& from = now.from.name.str();
    const auto what = "chain " + use.chain + " of the table " + use.table + " (" + use.tool + ") has "
        + count_of(use.rules, "rule") + " about " + from + ", first " + use.rule;
    if (use.of_ports)
        return {Weight::warns,
            what + ", which is about ports of bridges and takes effect once " + from
                + " is one: delete it if that is not meant"};
    return {Weight::breaks,
        what + ": what arrives by " + now.to.str() + " will not be treated so; " + cure_of(use, now)
            + " first"};
}

Findings of_firewall(const Situation& now)
{
    Findings found;
    for (const auto& use : now.use.firewall)
        found.push_back(of_rules(use, now));
    return found;
}

std::string owner_of(const SocketUse& socket, const Situation& now)
{
    const auto owner = now.host.owners.find(socket.inode);
    return owner == now.host.owners.end() ? "a process that could not be found" : owner->second;
}

bool is_dhcp(const SocketUse& socket, const std::string& owner)
{
    constexpr std::uint16_t client_ports[] = {68, 546};
    return socket.kind != "tcp"
        && (std::ranges::find(client_ports, socket.port) != std::end(client_ports) || is_dhcp_client(owner)
            || is_network_manager(owner));
}

// A packet socket goes on hearing the card, and so does a DHCP client by its own; all else is deaf after the
// move.
Findings of_sockets(const Situation& now)
{
    Findings found;
    const auto& from = now.from.name.str();
    for (const auto& socket : now.use.sockets) {
        const auto owner = owner_of(socket, now);
        if (is_dhcp(socket, owner))
            continue; // told with the clients
        const auto what = owner + " has a " + socket.kind + " socket"
            + (socket.port ? " (port " + std::to_string(socket.port) + ")" : "") + " bound to " + from;
        found.push_back(socket.kind == "packet"
                ? Finding{Weight::warns,
                    what
                        + ", which will see what guests send too, and not what they send each other: start "
                          "it "
                          "for "
                        + now.to.str() + " if that is what it is for"}
                : Finding{Weight::breaks,
                    what + ", which will receive nothing any more: end it first, and start it for "
                        + now.to.str() + " afterwards"});
    }
    return found;
}

Findings of_programs(const Situation& now)
{
    Findings found;
    const auto& from = now.from.name.str();
    if (now.use.xdp)
        found.push_back({Weight::breaks,
            "an XDP program sees all that " + from
                + " receives, guests' frames too, and may keep them from the bridge: take it off first (ip "
                  "link set "
                  "dev "
                + from + " xdp off)"});
    for (const auto& filter : now.use.filters)
        found.push_back({Weight::breaks,
            "tc has filters on " + from + " (" + filter
                + "), which will see guests' frames too and may keep them from the bridge: look at them with "
                  "\"tc "
                  "filter show dev "
                + from + " " + base::words(filter).front() + "\" and take them off first"});
    for (const auto& queue : now.use.queues)
        if (queue != "clsact" && queue != "ingress")
            found.push_back({Weight::warns,
                "the queue of " + from + " is a " + queue
                    + " that somebody set up: it stays, and holds for what guests send too"});
    return found;
}

Findings of_what_is_unknown(const Situation& now)
{
    Findings found;
    for (const auto& reason : now.use.unknown)
        found.push_back({Weight::breaks,
            "whether somebody depends on " + now.from.name.str() + " cannot be told (" + reason + ")"});
    return found;
}

// --- what matters later

Findings of_managers(const Situation& now)
{
    Findings found;
    const auto& from = now.from.name.str();
    const auto& to = now.to.str();
    auto clients = now.host.dhcp_clients;
    for (const auto& socket : now.use.sockets)
        if (const auto owner = owner_of(socket, now); is_dhcp(socket, owner) && !is_network_manager(owner)
            && std::ranges::find(clients, owner) == clients.end())
            clients.push_back(owner);
    for (const auto& client : clients)
        found.push_back({Weight::warns,
            client + " is a DHCP client for " + from
                + ", where the address will not be: it moves with what is left of its lifetime, so start the "
                  "client for "
                + to + " before that ends"});
    if (now.host.manager)
        found.push_back({Weight::warns,
            *now.host.manager + " manages " + from
                + " and may put addresses and routes back there: tell it to leave " + from + " alone"
                + (*now.host.manager == "NetworkManager" ? " (nmcli device set " + from + " managed no)"
                                                         : " (Unmanaged=yes in its .network file)")});
    return found;
}

Findings of_bridge_netfilter(const Situation& now)
{
    Findings found;
    for (const auto& warning : now.warnings)
        found.push_back({Weight::warns, warning});
    return found;
}

Findings only_warnings(Findings findings)
{
    for (auto& finding : findings)
        finding.weight = Weight::warns;
    return findings;
}

} // namespace

std::vector<std::string> warnings_about(const net::IfName& bridge, const net::KernelView& kernel)
{
    std::vector<std::string> warnings;
    for (const bool ipv4 : {true, false}) {
        if (!kernel.drops_bridged(ipv4 ? AF_INET : AF_INET6))
            continue;
        const std::string tables = ipv4 ? "iptables" : "ip6tables";
        warnings.push_back((ipv4 ? "IPv4" : "IPv6") + (" between the ports of " + bridge.str())
            + " is dropped by the host's FORWARD chain unless a rule there allows it, as Docker sets it "
              "(policy DROP, "
              "net.bridge.bridge-nf-call-"
            + tables + "=1): allow it with \"" + tables + " -I FORWARD -i " + bridge.str() + " -o "
            + bridge.str() + " -j ACCEPT\", or set net.bridge.bridge-nf-call-" + tables + " to 0");
    }
    return warnings;
}

Findings check_start(const Situation& now)
{
    Findings found;
    for (auto* const look : {of_the_kind, of_names, of_holders, of_radio, of_the_root, of_firewall,
             of_sockets, of_programs, of_what_is_unknown, of_managers, of_bridge_netfilter})
        append(found, look(now));
    std::ranges::stable_sort(found, {}, &Finding::weight);
    return found;
}

// A host that is to be given back is given back: rules and sockets for the bridge are told only.
Findings check_stop(const Situation& now)
{
    Findings found;
    for (const auto& holder : now.use.holders)
        found.push_back({Weight::breaks,
            holder.name.str() + " (" + holder.kind + ") is made on " + now.from.name.str()
                + " and would be deleted with it: move it first, or use --force"});
    auto use = now;
    std::erase_if(use.use.firewall, [](const FirewallUse& each) { return each.of_ports; });
    append(found, only_warnings(of_firewall(use)));
    append(found, only_warnings(of_sockets(use)));
    return found;
}

Findings refuse_or_warn(Findings findings, bool allowed)
{
    std::vector<std::string> reasons;
    bool broken = false;
    for (const auto& finding : findings)
        if (finding.weight == Weight::impossible || (finding.weight == Weight::breaks && !allowed)) {
            reasons.push_back(finding.text);
            broken |= finding.weight == Weight::breaks;
        }
    if (reasons.empty())
        return findings;
    auto text = base::join(reasons, "\n");
    if (broken && text.find("--force") == std::string::npos)
        text += "\nNothing was changed: use --force to go on all the same, or --confirm SECONDS to try it";
    throw Refusal(text, std::move(findings));
}

} // namespace xen
