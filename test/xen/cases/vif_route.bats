#!/usr/bin/env bats
# vif-route: a guest behind dom0, and the network beyond.
# shellcheck disable=SC2154

load ../dom0.bash

setup() {
    begin_with bridged_dom0
    kept_guest g1
}

@test "a routed guest answers dom0 and the LAN, in both families; afterwards dom0 is as before" {
    remember
    "$DOM0NET_BIN/network-route" start netdev=xenbr0
    attach 1 script=vif-route ip="192.0.2.61 2001:db8::61"
    connected "$id" 1
    its_card 192.0.2.61/32 2001:db8::61/128
    in_domain "ip route add 192.0.2.2 dev eth0; ip route add default via 192.0.2.2; ip -6 route add default via fe80::1 dev eth0"

    reaches 192.0.2.61
    reaches 2001:db8::61
    lan_reaches 192.0.2.61
    lan_reaches 2001:db8::61

    detach 1
    "$DOM0NET_BIN/network-route" stop netdev=xenbr0
    as_before "something is left"
}
