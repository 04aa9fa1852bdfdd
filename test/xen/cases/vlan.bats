#!/usr/bin/env bats
# vlan= on a bridge that knows VLANs. This xl does not know the key yet, so it is written where a later one writes it, and
# vif-bridge is called once more.
# shellcheck disable=SC2154

load ../dom0.bash

setup() {
    begin_with bridged_dom0
    kept_guest g1
    attach 4 bridge=xenbr0
    connected "$id" 4
}

# with_vlan TERMS
with_vlan() {
    as_libxl vif-bridge offline "$id" 4
    xenstore-write "$(backend_of "$id" 4)/vlan" "$1"
    as_libxl vif-bridge online "$id" 4
}

vlans_of() { command bridge -compressvlans vlan show dev "$1" | sed '1d; s/^[^ ]* *//'; }

@test "a bridge that does not know VLANs: refused in plain words" {
    fails 1 with_vlan 10
    refused "$id" 4 VLAN
}

@test "a PVID, a tagged VLAN and a range: what the bridge says, and what the LAN hears" {
    local number
    ip link set dev xenbr0 type bridge vlan_filtering 1
    works with_vlan 10p/20/30-32
    claim "VLANs of the vif" "$(vlans_of "vif$id.4")" "10 PVID Egress Untagged
20
30-32"
    for number in 10 20; do
        command bridge vlan add dev eth0 vid "$number"
        ip -n lan -batch - <<<"link add link eth1 name eth1.$number type vlan id $number
link set dev eth1.$number up
address add 198.51.100.$number/28 dev eth1.$number"
    done
    its_card 198.51.100.11/28
    in_domain "ip link add link eth0 name eth0.20 type vlan id 20; ip link set eth0.20 up; ip address add 198.51.100.21/28 dev eth0.20"
    lan_reaches 198.51.100.11
    lan_reaches 198.51.100.21
    in_lan ip address add 198.51.100.12/28 dev eth1
    not in_lan ping -c 1 -W 1 -I eth1 198.51.100.11

    detach 4
    claim "VLANs of a vif" "$(command bridge vlan show | grep '^vif')" ""
    export world="" # the bridge, and the LAN, are not as they were
}
