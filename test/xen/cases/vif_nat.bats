#!/usr/bin/env bats
# vif-nat: a guest with an address that nobody handed out, and the network beyond, which does not know it.
# shellcheck disable=SC2154

load ../dom0.bash

setup() {
    begin_with bridged_dom0
    kept_guest g1
    net="10.$((id / 256)).$((id % 256))"
    net6=$(printf 'fd64:6f6d:3000:%x' "$id")
}

@test "a guest with vif-nat's own addresses: dom0, the LAN behind network-nat, and the LAN once it knows the way" {
    remember
    "$DOM0NET_BIN/network-nat" start netdev=xenbr0
    attach 2 script=vif-nat
    connected "$id" 2
    # It has the card number 2, so its address ends in 3 and its router's in 127 more.
    its_card "$net.3/32" "$net6::3/128"
    in_domain "ip route add $net.130 dev eth0; ip route add default via $net.130; ip -6 route add default via fe80::1 dev eth0"
    reaches "$net.3"
    reaches "$net6::3"

    not in_lan ip route get "$net.3"
    poll 60 in_domain ping -c 1 -W 2 192.0.2.1
    poll 60 in_domain ping -c 1 -W 2 2001:db8::1

    in_lan ip route add "$net.0/24" via 192.0.2.2
    in_lan ip route add "$net6::/64" via 2001:db8::2
    lan_reaches "$net.3"
    lan_reaches "$net6::3"
    in_lan ip route delete "$net.0/24"
    in_lan ip route delete "$net6::/64"

    detach 2
    "$DOM0NET_BIN/network-nat" stop netdev=xenbr0
    as_before "something is left"
}
