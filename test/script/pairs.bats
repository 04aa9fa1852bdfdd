#!/usr/bin/env bats
# A guest that comes and goes again and again while the programs are killed at random: in the end nothing of it is left.
# shellcheck disable=SC2086,SC2154 # as many words as there are; claims.bash has said

load ../support/world.sh
load ../support/claims.bash
load ../support/routed.bash

rounds=$((${DOM0NET_PAIRS:-1000} / 5))

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    world_reset
    nft flush ruleset
    plain_host
    bridge xenbr1
    sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    echo '{ "rate-to-guest": "same" }' >/etc/xen/dom0net.json
}

# guest_comes: with its devices, as netback and qemu make them.
guest_comes() {
    vif 5 0
    tap vif5.0-emu
    vif_nodes 5 0 bridge=xenbr1 rate=12500,50000 "$@"
}

# sometimes_killed COMMAND...: waits for its end, kills it, or only stops to wait for it, so that the next call begins
# beside it.
sometimes_killed() {
    (
        "$@" >/dev/null &
        sleep "0.00$((RANDOM % 6))$((RANDOM % 10))"
        case $((RANDOM % 4)) in
            0) kill -9 $! $(pgrep -P $!) ;;
            1) kill -9 $! ;;
        esac
        wait $!
    ) 2>/dev/null || true
}

# guest_goes_itself: the devices are gone before anybody tells us, as at a shutdown.
guest_goes_itself() {
    ip link delete vif5.0
    ip link delete vif5.0-emu
}

elements() { nft -j list ruleset | jq '[.nftables[].set? | select(. != null) | .elem // [] | length] | add // 0'; }

# what_is_left: all that a guest may have brought, but its own devices.
what_is_left() {
    [[ $(elements) == 0 ]] || nft list ruleset | grep -B 4 "elements =" >&2
    claim "elements" "$(elements)" 0
    claim "records" "$(find /run/dom0net -type f -name '*vif5*' 2>/dev/null)" ""
    claim "routes" "$(ip route show table all proto 208; ip -6 route show table all proto 208)" ""
    claim "proxy neighbours" "$(ip neigh show proxy; ip -6 neigh show proxy)" ""
    claim "queues" "$(tc qdisc show | grep -E 'tbf|ingress|htb' || true)" ""
    claim "devices for queues" "$(ip -br link show type ifb)" ""
    claim "rules" "$(ip rule; ip -6 rule)" "$rules"
}

# many_times SCRIPT IP
many_times() {
    local -i round
    local rules
    rules=$(ip rule; ip -6 rule)
    guest_comes "ip=$2"
    for ((round = 0; round < rounds; ++round)); do
        sometimes_killed as_libxl "$1" online 5 0
        sometimes_killed as_libxl "$1" add 5 0
        if ((round % 4 == 0)); then
            guest_goes_itself
        fi
        sometimes_killed as_libxl "$1" remove 5 0
        sometimes_killed as_libxl "$1" offline 5 0
        if ((round % 4 == 0)); then
            guest_comes "ip=$2"
        fi
    done
    works as_libxl "$1" online 5 0
    works as_libxl "$1" add 5 0
    connected 5 0
    [[ $(elements) -gt 0 ]]
    works as_libxl "$1" remove 5 0
    works as_libxl "$1" offline 5 0
    what_is_left
    works dom0net gc
    mentions "filters 0, rate limiters 0, neighbours 0, DHCP hosts 0"
}

@test "gc finds all that is left when nobody says that a guest is gone" {
    local rules
    rules=$(ip rule; ip -6 rule)
    guest_comes ip="192.0.2.50 2001:db8::50"
    works as_libxl vif-route online 5 0
    works as_libxl vif-route add 5 0
    works dom0net gc
    mentions "filters 0, rate limiters 0, neighbours 0, DHCP hosts 0"
    guest_goes_itself
    works dom0net gc --dry-run
    mentions "ip link delete dev ifb5.0"
    mentions "proxy 2001:db8::50"
    works dom0net gc
    mentions "filters 2, rate limiters 1, neighbours 1, DHCP hosts 0"
    what_is_left
}

@test "gc takes guests that are gone out of dnsmasq's hosts" {
    mkdir -p /run/dom0net/dhcp-hosts
    vif 6 0
    touch /run/dom0net/dhcp-hosts/dom5 /run/dom0net/dhcp-hosts/dom6
    works dom0net gc
    mentions "DHCP hosts 1"
    claim "hosts" "$(ls /run/dom0net/dhcp-hosts)" dom6
}

@test "vif-bridge" {
    many_times vif-bridge "10.0.0.5 10.1.0.0/24 2001:db8:5::5"
}

@test "vif-route" {
    many_times vif-route "192.0.2.50 198.51.100.0/28 2001:db8::50"
}

@test "vif-nat" {
    many_times vif-nat "10.0.0.5 10.0.0.6 fd00::5"
}
