#!/bin/bash
# tour.sh: what scripts/demo shows, inside its sandbox. Every promise it makes is checked; one that fails ends it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/support/world.sh
source "$here/../../test/support/world.sh"

title() { printf '\n%s\n%s\n' "$1" "${1//?/-}"; }
tell() { printf '%s\n' "$*" | fmt -w 100; }
shown() { printf '  $ %s\n' "$*"; }

# promise WHAT COMMAND...: says so if the command succeeds, and ends the tour if it does not.
promise() {
    if "${@:2}" >/run/tmp/said 2>&1; then
        printf '  [ok] %s\n' "$1"
        return
    fi
    printf '  [FAILED] %s\n' "$1"
    sed 's/^/      /' /run/tmp/said
    exit 1
}

equal() {
    [[ $1 == "$2" ]] && return
    printf 'expected %s, found %s\n' "$2" "$1"
    return 1
}

# host_table: each device of dom0 with its bridge, MTU and addresses, and the default routes.
host_table() {
    {
        printf 'device\tbridge\tstate\tMTU\taddresses\n'
        ip -j -d address | jq -r '.[] | select(.ifname != "lo") | [.ifname, .master // "-", (.operstate | ascii_downcase),
            .mtu, ([.addr_info[] | select(.scope == "global") | "\(.local)/\(.prefixlen)"] | join(" ") | if . == "" then "-" else . end)]
            | @tsv'
    } | column -t -s $'\t' | sed 's/^/    /'
    { ip -j route show default && ip -j -6 route show default; } |
        jq -r '.[] | "    default via \(.gateway) dev \(.dev)"'
}

store_table() {
    local key
    for key in bridge mac vifname mtu hotplug-status hotplug-error; do
        printf '    %-16s %s\n' "$key" "$(store_read "$(backend_of 5 0)/$key" || echo -)"
    done
    printf '    %-16s %s\n' "guest's mtu" "$(store_read "$(frontend_of 5 0)/mtu")"
}

probes_words() {
    printf '  %s probes, one a millisecond over IPv4 and IPv6: %s lost, %s in a row at most.\n' \
        "$(probes_sent)" "$(probes_lost)" "$(probes_lost_in_a_row)"
}

# A single one may fall into the microseconds in which the kernel itself drops frames while a port joins or leaves.
hardly_any_lost() { [[ $(probes_lost_in_a_row) -le 1 && $(probes_lost) -le 2 ]]; }

is_as_before() {
    net_state >/run/tmp/now
    cmp -s /run/tmp/before /run/tmp/now
}

as_before() {
    poll 3 is_as_before || {
        diff <(tr ',' '\n' </run/tmp/before) <(tr ',' '\n' </run/tmp/now)
        return 1
    }
}

guest_pings_lan() { in_guest 5 ping -c 3 -i 0.2 -W 2 -q 192.0.2.1 && in_guest 5 ping -c 3 -i 0.2 -W 2 -q 2001:db8::1; }
guest_is_cut_off() { ! in_guest 5 ping -c 1 -W 1 -q 192.0.2.1; }

tell "dom0net: a host's NIC moves onto a bridge, a guest comes and goes, and all goes back. Everything happens in" \
    "namespaces of its own: a dom0 with an eth0, a LAN behind it, a guest. This machine's network is not touched."
store_start
world_reset
like_a_card=yes plain_host
echo_start
net_state >/run/tmp/before

title "1. The host before"
host_table

title "2. network-bridge start: eth0 becomes a port of xenbr0, which gets its addresses and routes"
shown network-bridge start
while_probed network_bridge start | sed 's/^/  /'
host_table
probes_words
promise "eth0 is a port of xenbr0, and xenbr0 has the address" equal "$(master_of eth0) $(addresses_of xenbr0 | head -n 1)" "xenbr0 192.0.2.2/24"
promise "the LAN hardly noticed" hardly_any_lost
promise "the LAN reaches the host" in_lan ping -c 1 -W 2 -q 192.0.2.2

title "3. vif-bridge online, as xl asks for it: guest 5 gets its network"
vif 5 0
in_guest 5 ip address add 192.0.2.50/24 dev eth0
in_guest 5 ip address add 2001:db8::50/64 dev eth0 nodad
vif_nodes 5 0
tell "A real xenstored runs; what libxl writes is there. Then it runs:"
shown "XENBUS_PATH=backend/vif/5/0 vif=vif5.0 vif-bridge online type_if=vif"
as_libxl vif-bridge online 5 0
poll 3 is_operational vif5.0
host_table
tell "  and in the store, below backend/vif/5/0:"
store_table
promise "the store says connected" equal "$(status_of 5 0)" connected
promise "the guest reaches the LAN over IPv4 and IPv6" guest_pings_lan
sed -n 's/^/    /p' /run/tmp/said | grep transmitted

title "4. vif-bridge offline"
shown "XENBUS_PATH=backend/vif/5/0 vif=vif5.0 vif-bridge offline type_if=vif"
as_libxl vif-bridge offline 5 0
host_table
promise "the vif is on no bridge" equal "$(master_of vif5.0)" ""
promise "the guest is cut off" guest_is_cut_off
ip link delete dev vif5.0
ip netns delete guest5

title "5. network-bridge stop: everything goes back"
shown network-bridge stop
while_probed network_bridge stop | sed 's/^/  /'
host_table
probes_words
promise "the LAN hardly noticed" hardly_any_lost
promise "the host is exactly as before: links, addresses, routes, rules, neighbours, settings" as_before
echo_stop
store_stop

printf '\nAll promises held.\n'
