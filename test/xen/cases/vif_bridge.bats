#!/usr/bin/env bats
# vif-bridge, as the real xl and netback call for it.
# shellcheck disable=SC2154

load ../dom0.bash

setup() { begin_with bridged_dom0; }

# the_guest: g2, which has its card from the beginning, with an entry in the filter and a queue.
the_guest() {
    echo '{ "rate-to-guest": "same" }' >/etc/xen/dom0net.json
    is_running g2 || host_state >/run/tmp/before.g2
    kept_guest g2 "mac=00:16:3e:00:02:00,bridge=xenbr0,ip=192.0.2.22,rate=100Mb/s"
    poll 240 in_domain ip link set eth0 up
    in_domain ip address add 192.0.2.22/24 dev eth0 || true
}

on_the_bridge() {
    connected "$1" 0
    claim "master of vif$1.0" "$(master_of "vif$1.0")" xenbr0
    is_up "vif$1.0"
    claim "MAC of vif$1.0" "$(mac_of "vif$1.0")" fe:ff:ff:ff:ff:ff
    tc qdisc show dev "vif$1.0" | grep -q 'tbf .* rate 100Mbit'
    not claim "entries in the filter" "$(entries_with 192.0.2.22)" 0
    reaches 192.0.2.22
    lan_reaches 192.0.2.22
}

@test "create: the guest answers dom0 and the LAN" {
    the_guest
    on_the_bridge "$id"
}

@test "reboot: the guest is there again under its new number" {
    local old entries
    the_guest
    old=$id
    entries=$(entries_with 192.0.2.22)
    xenstore-write "/local/domain/$id/data/command" "1 reboot -f"
    poll 240 has_followed "$old"
    the_guest
    not claim "the guest's number" "$id" "$old"
    on_the_bridge "$id"
    not exists "vif$old.0"
    claim "entries in the filter" "$(entries_with 192.0.2.22)" "$entries"
}

has_followed() { is_running g2 && [[ $(domid g2) != "$1" ]]; }

@test "destroy: nothing of ours is left, though device and front end went before us" {
    the_guest
    on_the_bridge "$id"
    xl destroy g2
    not xenstore-exists "/local/domain/0/backend/vif/$id"
    mv /run/tmp/before.g2 /run/tmp/before
    as_before "something is left"
}

@test "network-attach with vifname and two addresses, and network-detach" {
    kept_guest g1
    remember
    attach 3 bridge=xenbr0 vifname=web0 "ip=192.0.2.31 192.0.2.32"
    connected "$id" 3
    claim "master of web0" "$(master_of web0)" xenbr0
    not exists "vif$id.3"
    its_card 192.0.2.31/24 192.0.2.32/24
    lan_reaches 192.0.2.31
    lan_reaches 192.0.2.32
    detach 3
    not exists web0
    as_before "something is left"
}

@test "no such bridge: xl says which one, and nothing is left" {
    remember
    fails 3 xl create "$(guest_config g3 "bridge=nosuch")"
    mentions "Could not find bridge device nosuch"
    is_gone g3
    as_before "something is left"
}

@test "several guests at once" {
    local name address jobs=()
    remember
    for name in g4 g5 g6; do
        xl create -p "$(guest_config "$name" "bridge=xenbr0,ip=192.0.2.4${name#g}" \
            "bridge=xenbr0,ip=192.0.2.5${name#g} 2001:db8::5${name#g}")" >"/run/tmp/$name.said" 2>&1 &
        jobs+=($!)
    done
    wait_for "${jobs[@]}"
    for name in g4 g5 g6; do
        id=$(domid "$name")
        for number in 0 1; do
            connected "$id" "$number"
            claim "master of vif$id.$number" "$(master_of "vif$id.$number")" xenbr0
        done
    done
    filter_entries >/run/tmp/entries
    for address in 192.0.2.{4,5}{4,5,6} 2001:db8::5{4,5,6}; do
        grep -qF "$address" /run/tmp/entries || claim "an entry of" none "$address"
    done
    jobs=()
    for name in g4 g5 g6; do
        xl destroy "$name" &
        jobs+=($!)
    done
    wait_for "${jobs[@]}"
    as_before "something is left"
}

# wait_for PROCESS...: each has to succeed.
wait_for() {
    local process
    for process in "$@"; do
        wait "$process" || claim "an xl (they said: $(tail -qn 3 /run/tmp/g*.said))" failed successful
    done
}
