#!/usr/bin/env bats
# ip= and mac= hold: what a guest's filter lets through, when it is there, and what is left of it.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh and claims.bash have the names

load ../support/world.sh
load ../support/claims.bash

setup_file() { store_start; }
teardown_file() { store_stop; }

addresses="10.0.0.5 10.1.0.0/24 2001:db8::5 2001:db8:1::/64"

setup() {
    world_reset
    nft flush ruleset
    bridge xenbr0
    vif 5 0
}

# quiet NAMESPACE: it says nothing of its own accord, so that all that is heard was sent by the test.
quiet() { ip netns exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1; }

lan_on_bridge() {
    wire eth0
    ip link set eth0 master xenbr0
    ip link set xenbr0 type bridge mcast_snooping 0
    quiet lan
    quiet guest5
}

online() { as_libxl vif-bridge online 5 0; }
offline() { as_libxl vif-bridge offline 5 0; }
frames() { "$DOM0NET_SUPPORT/frames" "$@"; }

# The lines for nft among those that a dry run prints.
nft_lines() { "$@" --dry-run | sed -n "/^nft -f/,/^END/p" | sed '/^nft -f/d; /^END/d'; }

elements() { nft -j list ruleset | jq '[.nftables[].set? | select(. != null and .table == "dom0net") | .elem // [] | length] | add // 0'; }
records() { find /run/dom0net/filters -type f 2>/dev/null | wc -l; }

nothing_left() {
    claim "elements in dom0net's sets" "$(elements)" 0
    claim "records of filters" "$(records)" 0
}

guest_address() { in_guest 5 ip address add "$1" dev eth0; }
host_address() { ip address add 10.0.0.1/8 dev xenbr0; }
answers_to() { in_guest 5 ping -c 1 -W 1 -I "$1" 10.0.0.1 >/dev/null 2>&1; }

both_addresses() {
    host_address
    guest_address 10.0.0.5/8
    guest_address 10.0.0.6/8
}

is_filtered() {
    poll 5 answers_to 10.0.0.5
    not answers_to 10.0.0.6
}

# --- what passes ----------------------------------------------------------------------------------------------------

@test "a bridged guest: every honest frame is heard, every other is dropped for its reason" {
    lan_on_bridge
    vif_nodes 5 0 "ip=$addresses"
    works online
    poll 5 is_operational vif5.0
    works frames check guest5 eth0 "$(in_lan cat /sys/class/net/eth0/address)" lan eth0
    mentions ", 0 wrong"
}

@test "a bridged guest: the rules that a dry run prints do the same" {
    lan_on_bridge
    vif_nodes 5 0 "ip=$addresses"
    works online
    poll 5 is_operational vif5.0
    nft_lines env XENBUS_PATH=backend/vif/5/0 vif=vif5.0 "$DOM0NET_BIN/vif-bridge" online >/run/tmp/rules
    nft flush ruleset
    nft -f /run/tmp/rules
    works frames check guest5 eth0 "$(in_lan cat /sys/class/net/eth0/address)" lan eth0
    mentions ", 0 wrong"
}

@test "a routed guest: every honest packet is taken, every other is dropped for its reason" {
    plain_host
    quiet guest5
    vif_nodes 5 0 "ip=$addresses"
    works as_libxl vif-route online 5 0
    poll 5 is_operational vif5.0
    works frames route guest5 eth0 "$(mac_of vif5.0)"
    mentions ", 0 wrong"
}

@test "a guest's emulated card has the same filter" {
    vif_nodes 5 0 ip=10.0.0.5
    ip link add vif5.0-emu type veth peer name eth9 netns guest5
    in_guest 5 ip link set eth9 address "$(guest_mac 5 0)" up
    works as_libxl vif-bridge add 5 0
    host_address
    in_guest 5 ip address add 10.0.0.5/8 dev eth9
    in_guest 5 ip address add 10.0.0.6/8 dev eth9
    is_filtered
    works as_libxl vif-bridge remove 5 0
    nothing_left
}

@test "without ip= nothing is filtered, and nftables is not touched" {
    vif_nodes 5 0
    works online
    both_addresses
    poll 5 answers_to 10.0.0.6
    claim "tables" "$(nft list tables)" ""
}

@test "the configuration can lock guests without ip= to their MAC address" {
    echo '{"mac-lock": true}' >/etc/xen/dom0net.json
    vif_nodes 5 0
    works online
    both_addresses
    poll 5 answers_to 10.0.0.6
    in_guest 5 ip link set eth0 address 00:16:3e:77:77:77
    not answers_to 10.0.0.6
    works dom0net drops
    mentions mac
    works offline
    nothing_left
}

# --- the second belt ------------------------------------------------------------------------------------------------

port_of() { command bridge -d -j link show dev "$1" | jq -r ".[0] | [.learning, .locked, .guard, .root_block, .isolated] | join(\" \")"; }
stations() { command bridge -j fdb show dev vif5.0 | jq -r '[.[] | select(.state == "static") | .mac] | unique | join(" ")'; }

@test "the bridge itself holds a guest to its MAC address, its spanning tree and its neighbours off, if configured" {
    echo '{"pin-mac": true, "guard-ports": true, "isolate-guests": true}' >/etc/xen/dom0net.json
    vif 6 0
    vif_nodes 5 0
    vif_nodes 6 0
    works online
    works as_libxl vif-bridge online 6 0
    claim "learning, locked, guard, root_block, isolated" "$(port_of vif5.0)" "false true true true true"
    claim "stations" "$(stations)" "$(guest_mac 5 0)"
    claim "tables" "$(nft list tables)" ""
    both_addresses
    in_guest 6 ip address add 10.0.0.66/8 dev eth0
    poll 5 answers_to 10.0.0.5
    poll 5 in_guest 6 ping -c 1 -W 1 10.0.0.1
    not in_guest 5 ping -c 1 -W 1 10.0.0.66
    in_guest 5 ip link set eth0 address 00:16:3e:77:77:77
    not answers_to 10.0.0.5
    in_guest 5 ip link set eth0 address "$(guest_mac 5 0)"
    works online
    poll 5 answers_to 10.0.0.5
    works offline
    ip link set vif5.0 master xenbr0
    claim "as if it had never been told" "$(port_of vif5.0)" "true false false false false"
    claim "stations" "$(stations)" ""
}

@test "a guest with an emulated card is not pinned to its vif" {
    echo '{"pin-mac": true}' >/etc/xen/dom0net.json
    vif_nodes 5 0
    ip link add vif5.0-emu type veth peer name eth9 netns guest5
    works online
    works as_libxl vif-bridge add 5 0
    claim "vif" "$(port_of vif5.0)" "true false false false false"
    claim "tap" "$(port_of vif5.0-emu)" "true false false false false"
}

# --- when it is there -----------------------------------------------------------------------------------------------

@test "the filter is there before the link is up, and goes after it is down" {
    vif_nodes 5 0 ip=10.0.0.5
    export XENBUS_PATH=backend/vif/5/0 vif=vif5.0
    "$DOM0NET_BIN/vif-bridge" --dry-run online >/run/tmp/plan
    claim "what comes first" "$(grep -nE '^nft|^ip link .* up' /run/tmp/plan | head -n 1 | cut -d: -f2)" "nft -f - <<'END'"
    works online
    "$DOM0NET_BIN/vif-bridge" --dry-run offline >/run/tmp/plan
    claim "what comes last" "$(grep -E '^nft|^ip link' /run/tmp/plan | tail -n 1)" "nft -f - <<'END'"
}

@test "a vif that is renamed, by vifname or by hand while it is up, stays filtered" {
    vif_nodes 5 0 ip=10.0.0.5 vifname=web0
    works online
    both_addresses
    is_filtered
    ip link set web0 name other
    is_filtered
    ip link set other name web0
    works offline
    nothing_left
}

@test "online twice leaves one filter; with other addresses, the new ones" {
    vif_nodes 5 0 "ip=$addresses"
    works online
    nft list ruleset >/run/tmp/once
    works online
    nft list ruleset >/run/tmp/twice
    same "the rules after a second online" /run/tmp/once /run/tmp/twice
    vif_nodes 5 0 ip=10.0.0.6,10.1.0.0/16
    works online
    both_addresses
    poll 5 answers_to 10.0.0.6
    not answers_to 10.0.0.5
    claim "networks" "$(nft -j list set bridge dom0net ipv4_nets | jq '[.nftables[].set?.elem? // empty] | flatten | length')" 1
    works offline
    nothing_left
}

@test "a guest that loses its ip= is not filtered any more" {
    vif_nodes 5 0 ip=10.0.0.5
    works online
    xenstore-rm "$(backend_of 5 0)/ip"
    works online
    nothing_left
}

@test "offline leaves nothing, also when the vif or the store's nodes are gone" {
    vif_nodes 5 0 "ip=$addresses"
    works online
    works offline
    nothing_left
    works online
    ip link delete vif5.0
    works offline
    nothing_left
    vif 5 0
    works online
    ip link delete vif5.0
    xenstore-rm /local/domain/0/backend/vif/5
    works offline
    nothing_left
}

@test "an online that fails takes its filter away" {
    vif_nodes 5 0 ip=10.0.0.5
    printf '#!/bin/sh\nexit 1\n' >/etc/xen/scripts/vif-post.d/10-fails.hook
    chmod +x /etc/xen/scripts/vif-post.d/10-fails.hook
    fails 1 online
    nothing_left
    not is_up vif5.0
}

@test "whenever vif-bridge is killed, the guest is filtered or not connected; afterwards nothing is left" {
    vif_nodes 5 0 "ip=$addresses"
    local -i round
    for ((round = 0; round < ${DOM0NET_PAIRS:-1000}; ++round)); do
        online >/dev/null 2>&1 &
        sleep "0.00$((RANDOM % 10))$((RANDOM % 10))"
        ((round % 3)) || kill -9 $! 2>/dev/null || true
        wait $! 2>/dev/null || true
        if is_up vif5.0; then
            nft get element bridge dom0net guests '{ "vif5.0" }' >/dev/null
        fi
        if ((round % 5 == 0)); then
            offline >/dev/null 2>&1 &
            sleep "0.00$((RANDOM % 10))$((RANDOM % 10))"
            kill -9 $! 2>/dev/null || true
            wait $! 2>/dev/null || true
        fi
        offline >/dev/null 2>&1
    done
    nothing_left
}

# --- the host's other rules -----------------------------------------------------------------------------------------

@test "the rules of others are left as they are" {
    nft -f - <<'END'
table ip filter {
    chain DOCKER-USER {
        return
    }
    chain FORWARD {
        type filter hook forward priority filter; policy drop;
        jump DOCKER-USER
        counter
    }
}
table inet firewalld {
    set zones {
        type ifname
        elements = { "eth0" }
    }
    chain filter_FORWARD {
        type filter hook forward priority filter + 10; policy accept;
        ct state established accept
    }
}
table bridge other {
    chain c {
        type filter hook prerouting priority 0; policy accept;
        counter
    }
}
END
    others() { for table in "ip filter" "inet firewalld" "bridge other"; do nft -s list table "${table% *}" "${table#* }"; done; }
    others >/run/tmp/before
    vif_nodes 5 0 "ip=$addresses"
    works online
    works offline
    others >/run/tmp/after
    same "others' tables" /run/tmp/before /run/tmp/after
}

@test "repair puts back what a flush removed, for all guests" {
    vif 6 0
    vif_nodes 5 0 ip=10.0.0.5
    vif_nodes 6 0 ip=10.0.0.66
    works online
    works as_libxl vif-bridge online 6 0
    both_addresses
    nft list ruleset >/run/tmp/before
    nft flush ruleset
    poll 5 answers_to 10.0.0.6
    works dom0net repair
    mentions "2 interfaces"
    nft list ruleset >/run/tmp/after
    same "the rules after repair" /run/tmp/before /run/tmp/after
    is_filtered
    works dom0net repair
    nft list ruleset | sed 's/ counter packets.*bytes [0-9]*//' >/run/tmp/again
    claim "rules" "$(grep -c goto /run/tmp/again)" "$(grep -c goto /run/tmp/before)"
}

@test "after a flush, the next guest that comes or goes puts back the others' filters" {
    vif 6 0
    vif_nodes 5 0 ip=10.0.0.5
    vif_nodes 6 0 ip=10.0.0.66
    works online
    both_addresses
    nft flush ruleset
    works as_libxl vif-bridge online 6 0
    is_filtered
    nft flush ruleset
    works as_libxl vif-bridge offline 6 0
    is_filtered
}

@test "gc removes the filters of interfaces that are gone, and no others" {
    vif 6 0
    vif_nodes 5 0 "ip=$addresses"
    vif_nodes 6 0 ip=10.0.0.66
    works online
    works as_libxl vif-bridge online 6 0
    ip link delete vif5.0
    works dom0net gc --dry-run
    mentions "vif5.0"
    claim records "$(records)" 2
    works dom0net gc
    mentions "filters 1,"
    claim records "$(records)" 1
    works as_libxl vif-bridge offline 6 0
    nothing_left
}

@test "network-bridge antispoof=yes: ports that nobody brought online are not heard" {
    ip link delete xenbr0
    plain_host
    works network_bridge start antispoof=yes
    poll 5 is_operational xenbr0
    vif_nodes 5 0 ip=192.0.2.50
    works online
    in_guest 5 ip address add 192.0.2.50/24 dev eth0
    poll 5 in_guest 5 ping -c 1 -W 1 192.0.2.1
    vif 6 0
    ip link set vif6.0 master xenbr0 up
    in_guest 6 ip address add 192.0.2.60/24 dev eth0
    not in_guest 6 ping -c 1 -W 1 192.0.2.1
    not in_guest 6 ping -c 1 -W 1 192.0.2.50
    vif_nodes 6 0
    works as_libxl vif-bridge online 6 0
    poll 5 in_guest 6 ping -c 1 -W 1 192.0.2.1
    in_lan ip link set eth0 address "$(guest_mac 5 0)"
    not in_lan ping -c 1 -W 1 192.0.2.2
    works dom0net drops
    mentions twin
    in_lan ip link set eth0 address 02:00:00:00:00:77
    poll 5 in_lan ping -c 1 -W 1 192.0.2.2
    works offline
    works as_libxl vif-bridge offline 6 0
    works network_bridge stop
    nothing_left
}

@test "network-bridge tells when the host's FORWARD chain would keep guests from being heard, and how to cure it" {
    [[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]] || skip "this kernel asks no FORWARD chain about bridges"
    ip link delete xenbr0
    plain_host
    sysctl -qw net.bridge.bridge-nf-call-iptables=1
    works network_bridge start
    not mentions Warning
    works network_bridge stop
    nft 'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'
    works network_bridge start
    mentions "Warning: IPv4 between the ports of xenbr0"
    not mentions IPv6
    works network_bridge status --json
    claim "warnings" "$(jq '.[0].warnings | length' <<<"$said")" 1
    sysctl -qw net.bridge.bridge-nf-call-iptables=0
    works network_bridge status
    not mentions warning
    works network_bridge stop
}

# --- words ----------------------------------------------------------------------------------------------------------

@test "dry runs print what nft accepts" {
    vif_nodes 5 0 "ip=$addresses"
    export XENBUS_PATH=backend/vif/5/0 vif=vif5.0
    nft_lines "$DOM0NET_BIN/vif-bridge" online | nft -c -f -
    works online
    nft_lines "$DOM0NET_BIN/vif-bridge" online | nft -c -f -
    nft_lines "$DOM0NET_BIN/vif-bridge" offline | nft -c -f -
    nft_lines "$DOM0NET_BIN/vif-bridge" online >/run/tmp/rules
    claim "lines for sets" "$(grep -c '^add element bridge' /run/tmp/rules)" 9
}

@test "drops tells what was dropped, by interface and reason, also as JSON" {
    vif_nodes 5 0 ip=10.0.0.5 vifname=web0
    works online
    works dom0net drops
    mentions "nothing was dropped"
    both_addresses
    is_filtered
    works dom0net drops --vif web0
    mentions "ip4"
    claim "by the kernel's name" "$(dom0net drops --json --vif vif5.0 | jq -r '.[0] | "\(.vif) \(.link)"')" "vif5.0 web0"
    fails 2 dom0net drops --vif nobody
    mentions "nobody has no filter"
}

@test "ip= that is no list of addresses is refused before anything changes" {
    local word
    for word in www.example.org "10.0.0.5 10.0.0" "10.0.0.5,,10.0.0.6" "10.0.0.5/33" "2001:db8::/129" "10.0.0.0/255.0.255.0" \
        "fe80::1%eth0" '$(reboot)' "10.0.0.5/" " " "$(printf '10.0.0.%d ' {0..255} {0..43})"; do
        vif_nodes 5 0 "ip=$word"
        fails 1 online
        refused 5 0 "ip "
        claim "tables" "$(nft list tables)" ""
        not is_up vif5.0
        claim "master" "$(master_of vif5.0)" ""
    done
}

@test "ip= without mac=, or with a mac= that none can have, is refused" {
    local mac
    for mac in "" 00:16:3e:00:05 01:00:5e:00:00:01 00:00:00:00:00:00 00-16-3e-00-05-00; do
        xenstore-rm "$(backend_of 5 0)" 2>/dev/null || true
        vif_nodes 5 0 ip=10.0.0.5 "mac=$mac"
        fails 1 online
        refused 5 0 "mac"
        claim "tables" "$(nft list tables)" ""
    done
}

@test "every form of address is taken, mixed and with host bits" {
    vif_nodes 5 0 "ip=10.9.0.5/24, 10.8.0.0/255.255.0.0 2001:db8:7::7/64,192.0.2.1"
    works online
    both_addresses
    not answers_to 10.0.0.5
    guest_address 10.9.0.77/8
    guest_address 10.8.200.1/8
    poll 5 answers_to 10.9.0.77
    poll 5 answers_to 10.8.200.1
}
