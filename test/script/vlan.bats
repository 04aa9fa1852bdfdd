#!/usr/bin/env bats
# vlan=: the guest's VLANs on a bridge that keeps them apart.

load ../support/world.sh
load ../support/claims.bash
load ../support/routed.bash

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    world_reset
    bridge xenbr0
    vif 5 0
}

online() { as_libxl vif-bridge online 5 0 "$@"; }

aware() {
    ip link set xenbr0 type bridge vlan_filtering 1 2>/dev/null || skip "this kernel's bridge keeps no VLANs (CONFIG_BRIDGE_VLAN_FILTERING)"
}

# vlans_of DEVICE: "10 PVID,Egress Untagged"
vlans_of() { command bridge -j vlan show dev "$1" | jq -r '.[].vlans[] | "\(.vlan)\(if .vlanEnd then "-\(.vlanEnd)" else "" end) \(.flags // [] | join(","))"'; }

@test "S88 vlan= on a bridge that does not keep VLANs apart: refused with the cure, nothing changed" {
    vif_nodes 5 0 vlan=10
    net_state >/run/tmp/before
    fails 1 online
    net_state >/run/tmp/after
    same "the kernel" /run/tmp/before /run/tmp/after
    refused 5 0 "VLAN 10 pvid untagged"
    if knows_vlans xenbr0; then
        mentions "ip link set dev xenbr0 type bridge vlan_filtering 1"
        mentions "switch-vlan-filtering-on"
    else
        mentions "CONFIG_BRIDGE_VLAN_FILTERING"
    fi
}

@test "S88 a vlan= that makes no sense: one sentence, nothing changed" {
    local vlan
    for vlan in 0 4095 10/20 10p/20p 10p/10 10p/x 10-20p 20-10 10p/ 1+0x4 10u p '10p 20'; do
        vif_nodes 5 0 "vlan=$vlan"
        net_state >/run/tmp/before
        fails 1 online
        net_state >/run/tmp/after
        same "the kernel" /run/tmp/before /run/tmp/after
        refused 5 0 vlan
    done
}

@test "routed and NAT guests are on no bridge: refused" {
    plain_host
    vif_nodes 5 0 vlan=10 ip=192.0.2.50
    fails 1 as_libxl vif-route online 5 0
    refused 5 0 "vlan 10 cannot be"
    fails 1 as_libxl vif-nat online 5 0 dhcp=no
    refused 5 0 "vlan 10 cannot be"
}

@test "--dry-run prints bridge's words" {
    echo '{ "switch-vlan-filtering-on": true }' >/etc/xen/dom0net.json
    unchanged_by vif_bridge --no-xenstore --dry-run online vif=vif5.0 bridge=xenbr0 vlan=10p/20
    if ! knows_vlans xenbr0; then
        claim status "$status" 1
        mentions "CONFIG_BRIDGE_VLAN_FILTERING"
        return
    fi
    claim status "$status" 0
    mentions "ip link set dev xenbr0 type bridge vlan_filtering 1"
    mentions "bridge vlan add dev vif5.0 vid 10 pvid untagged"
    mentions "bridge vlan add dev vif5.0 vid 20"
}

@test "S88 vlan=10: the port's own VLAN, and no other" {
    aware
    vif_nodes 5 0 vlan=10
    works online
    claim VLANs "$(vlans_of vif5.0)" "10 PVID,Egress Untagged"
    works online
    claim VLANs "$(vlans_of vif5.0)" "10 PVID,Egress Untagged"
}

@test "S88 vlan=10p/20 and vlan=10p/100-103u" {
    aware
    vif_nodes 5 0 vlan=10p/20
    works online
    claim VLANs "$(vlans_of vif5.0)" "10 PVID,Egress Untagged
20 "
    xenstore-write "$(backend_of 5 0)/vlan" 10p/100-103u
    works online
    claim VLANs "$(vlans_of vif5.0)" "10 PVID,Egress Untagged
100 Egress Untagged
101 Egress Untagged
102 Egress Untagged
103 Egress Untagged"
}

@test "the configuration allows switching VLANs on" {
    aware
    ip link set xenbr0 type bridge vlan_filtering 0
    echo '{ "switch-vlan-filtering-on": true }' >/etc/xen/dom0net.json
    vif_nodes 5 0 vlan=10
    works online
    claim "vlan_filtering" "$(link_field xenbr0 .linkinfo.info_data.vlan_filtering)" 1
}
