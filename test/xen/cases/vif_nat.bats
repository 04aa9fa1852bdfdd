#!/usr/bin/env bats
# vif-nat: a guest with an address that nobody handed out, and the network beyond, which does not know it.
# shellcheck disable=SC2154

load ../dom0.bash

setup() {
    dom0_reset
    [[ -e /etc/xen/scripts/vif-nat ]] || skip "vif-nat is not installed"
    plain_dom0
    kept_guest g1
    net="10.$((id / 256)).$((id % 256))"
    net6=$(printf 'fd64:6f6d:3000:%x' "$id")
    remember
}

# the_guest: it has the card number 2, so its address ends in 3 and its router in 127 more.
the_guest() {
    attach 2 script=vif-nat
    connected "$id" 2
    its_card "$net.3/32" "$net6::3/128"
    in_domain "ip route add $net.130 dev eth0; ip route add default via $net.130; ip -6 route add default via fe80::1 dev eth0"
}

@test "a guest with vif-nat's own addresses answers dom0, in both families" {
    the_guest
    reaches "$net.3"
    reaches "$net6::3"
    detach 2
    as_before "something is left"
}

@test "behind network-nat the guest reaches the LAN, which does not know it; afterwards dom0 is as before" {
    [[ -e $DOM0NET_BIN/network-nat ]] || skip "network-nat is not installed"
    "$DOM0NET_BIN/network-nat" start netdev=eth0
    the_guest
    not in_lan ip route get "$net.3"
    poll 20 in_domain ping -c 1 -W 2 192.0.2.1
    poll 20 in_domain ping -c 1 -W 2 2001:db8::1
    detach 2
    "$DOM0NET_BIN/network-nat" stop netdev=eth0
    as_before "something is left"
}
