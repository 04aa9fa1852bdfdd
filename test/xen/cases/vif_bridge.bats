#!/usr/bin/env bats
# vif-bridge, as the real xl and netback call for it.
# shellcheck disable=SC2154

load ../dom0.bash

setup() {
    dom0_reset
    plain_dom0
    network_bridge start
}

# the_guest: g2, which has its card from the beginning.
the_guest() {
    kept_guest g2 "mac=00:16:3e:00:02:00,bridge=xenbr0"
    poll 60 in_domain ip link set eth0 up
    in_domain ip address add 192.0.2.22/24 dev eth0 || true
}

on_the_bridge() {
    connected "$1" 0
    claim "master of vif$1.0" "$(master_of "vif$1.0")" xenbr0
    is_up "vif$1.0"
    claim "MAC of vif$1.0" "$(mac_of "vif$1.0")" fe:ff:ff:ff:ff:ff
    reaches 192.0.2.22
    lan_reaches 192.0.2.22
}

@test "create: the guest answers dom0 and the LAN" {
    the_guest
    on_the_bridge "$id"
}

@test "reboot: the guest is there again under its new number" {
    local old
    the_guest
    old=$id
    xenstore-write "/local/domain/$id/data/command" "1 reboot -f"
    poll 120 has_followed "$old"
    the_guest
    not claim "the guest's number" "$id" "$old"
    on_the_bridge "$id"
    not exists "vif$old.0"
}

has_followed() { is_running g2 && [[ $(domid g2) != "$1" ]]; }

@test "destroy: nothing of ours is left, though device and front end went before us" {
    ! is_running g2 || xl destroy g2
    remember
    the_guest
    on_the_bridge "$id"
    xl destroy g2
    not xenstore-exists "/local/domain/0/backend/vif/$id"
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
    local name jobs=()
    remember
    for name in g4 g5 g6; do
        xl create -p "$(guest_config "$name" bridge=xenbr0 bridge=xenbr0)" >"/run/$name.said" 2>&1 &
        jobs+=($!)
    done
    wait "${jobs[@]}"
    for name in g4 g5 g6; do
        id=$(domid "$name")
        for number in 0 1; do
            connected "$id" "$number"
            claim "master of vif$id.$number" "$(master_of "vif$id.$number")" xenbr0
        done
    done
    jobs=()
    for name in g4 g5 g6; do
        xl destroy "$name" &
        jobs+=($!)
    done
    wait "${jobs[@]}"
    as_before "something is left"
}
