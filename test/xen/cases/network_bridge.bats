#!/usr/bin/env bats
# network-bridge on a kernel of Xen's, with cards that have no other end in software.
# shellcheck disable=SC2154

load ../dom0.bash

# there_and_back NIC BRIDGE [WORD...]: start, then stop; a guest on the bridge and the LAN behind the NIC reach each other.
there_and_back() {
    kept_guest g1
    remember
    network_bridge start "${@:3}"
    claim "master of $1" "$(master_of "$1")" "$2"
    claim "addresses of $1" "$(addresses_of "$1")" ""
    lan_reaches 192.0.2.2
    lan_reaches 2001:db8::2

    attach 0 bridge="$2"
    its_card 192.0.2.9/24 2001:db8::9/64
    reaches 192.0.2.9
    lan_reaches 192.0.2.9
    lan_reaches 2001:db8::9
    detach 0

    network_bridge stop
    as_before "stop did not put everything back"
    lan_reaches 192.0.2.2
}

@test "start and stop: a card, the guest and the LAN; then dom0 as before" {
    begin_with plain_dom0
    there_and_back eth0 xenbr0
}

bonded_dom0() {
    ip -batch - <<<"link add bond0 type bond mode active-backup miimon 100
link set dev eth0 master bond0
link set dev eth2 master bond0"
    host_on bond0 eth1
}

@test "start and stop: a bond" {
    begin_with bonded_dom0
    there_and_back bond0 xenbr0
}

tagged_dom0() {
    ip -batch - <<<"link set dev eth0 up
link add link eth0 name eth0.100 type vlan id 100"
    ip -n lan -batch - <<<"link add link eth1 name eth1.100 type vlan id 100
link set dev eth1.100 up"
    host_on eth0.100 eth1.100
}

@test "start and stop: a tagged card" {
    begin_with tagged_dom0
    there_and_back eth0.100 xenbr0
}

@test "bridge=eth0, where the kernel cannot rename a card that is up: it works, or says why and changes nothing" {
    begin_with plain_dom0
    remember
    if said=$(network_bridge start bridge=eth0 2>&1); then
        claim "master of peth0" "$(master_of peth0)" eth0
        lan_reaches 192.0.2.2
        network_bridge stop
    else
        mentions "name the bridge otherwise"
    fi
    as_before "dom0 is not as before (start said: $said)"
    lan_reaches 192.0.2.2
}
