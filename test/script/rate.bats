#!/usr/bin/env bats
# rate=: what netback does not limit. A veth pair stands for the emulated card; netback itself is not here.

load ../support/world.sh
load ../support/claims.bash
load ../support/routed.bash

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    world_reset
    bridge xenbr0
    ip address add 192.0.2.2/24 dev xenbr0
    vif 5 0
    in_guest 5 ip address add 192.0.2.5/24 dev eth0
}

teardown() {
    [[ -z ${server:-} ]] || kill "$server"
}

# emulated_card: the guest's card is the emulated one.
emulated_card() {
    ip link delete vif5.0
    ip link add vif5.0-emu type veth peer name eth0 netns guest5
    in_guest 5 ip address add 192.0.2.5/24 dev eth0
    in_guest 5 ip link set eth0 up
}

queue_of() { tc -j qdisc show dev "$1" root | jq -r '.[0] | .kind + (if .options.rate then " " + (.options.rate * 8 | tostring) else "" end)'; }
redirected() { tc filter show dev "$1" ingress | grep -o 'Redirect to device [a-z0-9.]*' || true; }

configure() { echo "$1" >/etc/xen/dom0net.json; }

# megabits FROM TO ADDRESS: what TCP gets through in two seconds, from one namespace to the other.
megabits() {
    command -v iperf3 >/dev/null || skip "iperf3 is not installed"
    in_place "$2" iperf3 -s -1 -p 5201 3>&- >/run/tmp/server 2>&1 &
    server=$!
    poll 5 in_place "$2" sh -c 'ss -ltn | grep -q :5201'
    in_place "$1" iperf3 -c "$3" -p 5201 -t "${4:-3}" -J 3>&- | jq '.end.sum_received.bits_per_second / 1e6'
    wait "$server" || true
    server=
}
in_place() { if [[ $1 == dom0 ]]; then "${@:2}"; else in_guest 5 "${@:2}"; fi; }
within() { awk -v found="$2" -v least="$3" -v most="$4" 'BEGIN { exit !(found >= least && found <= most) }' ||
    claim "$1" "$2" "between $3 and $4"; }

@test "rate= alone does nothing to a vif: netback limits what it sends" {
    vif_nodes 5 0 rate=625000,50000
    works as_libxl vif-bridge online 5 0
    claim queue "$(queue_of vif5.0)" noqueue
}

@test "rate-to-guest: off, the same, or a value" {
    vif_nodes 5 0 rate=625000,50000
    configure '{ "rate-to-guest": "same" }'
    works as_libxl vif-bridge online 5 0
    claim queue "$(queue_of vif5.0)" "tbf 100000000"
    configure '{ "rate-to-guest": "20Mb/s" }'
    works as_libxl vif-bridge online 5 0
    claim queue "$(queue_of vif5.0)" "tbf 20000000"
    configure '{ "rate-to-guest": "off" }'
    works as_libxl vif-bridge online 5 0
    claim queue "$(queue_of vif5.0)" noqueue
}

@test "a guest without rate= is not limited" {
    configure '{ "rate-to-guest": "same" }'
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    claim queue "$(queue_of vif5.0)" noqueue
}

@test "online twice changes nothing; offline takes the limit away" {
    configure '{ "rate-to-guest": "same" }'
    vif_nodes 5 0 rate=625000,50000
    works as_libxl vif-bridge online 5 0
    kernel_and_store >/run/tmp/once
    works as_libxl vif-bridge online 5 0
    kernel_and_store >/run/tmp/twice
    same "the second online" /run/tmp/once /run/tmp/twice
    works as_libxl vif-bridge offline 5 0
    not grep -q tbf <(tc qdisc show)
}

@test "the emulated card is limited by an ifb, which goes with it" {
    emulated_card
    vif_nodes 5 0 rate=625000,50000 type=vif_ioemu
    works as_libxl vif-bridge add 5 0
    claim queue "$(queue_of ifb5.0)" "tbf 100000000"
    claim filter "$(redirected vif5.0-emu)" "Redirect to device ifb5.0"
    works as_libxl vif-bridge add 5 0
    claim "filters" "$(redirected vif5.0-emu | wc -l)" 1
    works as_libxl vif-bridge remove 5 0
    not exists ifb5.0
    claim "queues of the card" "$(tc qdisc show dev vif5.0-emu | grep -c clsact || true)" 0
}

@test "remove takes the ifb away when qemu has taken the card" {
    emulated_card
    vif_nodes 5 0 rate=625000,50000 type=vif_ioemu
    works as_libxl vif-bridge add 5 0
    ip link delete vif5.0-emu
    works as_libxl vif-bridge remove 5 0
    not exists ifb5.0
}

@test "a limit that is taken out of the configuration leaves the emulated card" {
    emulated_card
    vif_nodes 5 0 rate=625000,50000 type=vif_ioemu
    works as_libxl vif-bridge add 5 0
    xenstore-rm "$(backend_of 5 0)/rate"
    works as_libxl vif-bridge add 5 0
    not exists ifb5.0
    claim filter "$(redirected vif5.0-emu)" ""
}

@test "a failure undoes the limits" {
    configure '{ "rate-to-guest": "same" }'
    printf '#!/bin/sh\nexit 1\n' >/etc/xen/scripts/vif-post.d/1.hook
    chmod +x /etc/xen/scripts/vif-post.d/1.hook
    emulated_card
    vif_nodes 5 0 rate=625000,50000 type=vif_ioemu
    fails 1 as_libxl vif-bridge add 5 0
    not exists ifb5.0
    not grep -q tbf <(tc qdisc show)
}

@test "a rate that is none: one sentence, nothing changed" {
    local rate
    for rate in fast 1 "1," "-1,50000" "1,50000" "625000,50000,1"; do
        vif_nodes 5 0 "rate=$rate"
        net_state >/run/tmp/before
        fails 1 as_libxl vif-bridge online 5 0
        net_state >/run/tmp/after
        same "the kernel" /run/tmp/before /run/tmp/after
        refused 5 0 "rate '$rate'"
    done
}

@test "routed and NAT guests are limited too" {
    configure '{ "rate-to-guest": "same" }'
    vif_nodes 5 0 rate=625000,50000 ip=192.0.2.50
    works as_libxl vif-route online 5 0 netdev=xenbr0
    claim queue "$(queue_of vif5.0)" "tbf 100000000"
    works as_libxl vif-route offline 5 0 netdev=xenbr0
    not grep -q tbf <(tc qdisc show)
    works as_libxl vif-nat online 5 0 dhcp=no
    claim queue "$(queue_of vif5.0)" "tbf 100000000"
}

@test "what is sent to a guest keeps to the rate" {
    configure '{ "rate-to-guest": "same" }'
    vif_nodes 5 0 rate=312500,50000
    works as_libxl vif-bridge online 5 0
    within "Mbit/s to the guest" "$(megabits dom0 guest 192.0.2.5)" 40 56
}

@test "what the emulated card sends keeps to the rate" {
    emulated_card
    vif_nodes 5 0 rate=312500,50000 type=vif_ioemu
    works as_libxl vif-bridge add 5 0
    within "Mbit/s from the guest" "$(megabits guest dom0 192.0.2.2)" 40 56
}
