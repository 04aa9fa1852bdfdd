#!/usr/bin/env bats
# vif-bridge as libxl calls it: the interface, the bridge and the store afterwards.

load ../support/world.sh
load ../support/claims.bash

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    world_reset
    bridge xenbr0
    vif 5 0
}

@test "online: the vif joins the bridge named in the store, up, with Xen's MAC and no address (S01)" {
    vif_nodes 5 0
    as_libxl vif-bridge online 5 0
    claim "is a port of xenbr0" "$(master_of vif5.0)" xenbr0
    claim "has Xen's MAC" "$(mac_of vif5.0)" fe:ff:ff:ff:ff:ff
    claim "has no address" "$(ip -j address show dev vif5.0 | jq '.[0].addr_info | length')" 0
    is_up vif5.0
    connected 5 0
    claim "the front end knows the MTU" "$(store_read "$(frontend_of 5 0)/mtu")" 1500
}
