#!/usr/bin/env bats
# vif-bridge killed, or let down by the kernel or the store, at every call: a guest is on its bridge or it is not, and the
# next call puts things right; and what had to go has gone, whatever failed.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash
load ../support/routed.bash

every=${DOM0NET_INJECT_EVERY:-4}
calls="sendto sendmsg recvmsg recvfrom read write connect socket bind"

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    export ASAN_OPTIONS=detect_leaks=0
    fresh_guest
}

fresh_guest() {
    world_reset
    bridge xenbr0
    vif 5 0
    vif_nodes 5 0 mtu=1400
}

# traced OPTION... -- COMMAND: vif-bridge for vif5.0 below strace.
traced() {
    (
        XENBUS_PATH=backend/vif/5/0 vif=vif5.0 strace -f -qq -o /run/tmp/trace "$1" "$DOM0NET_BIN/vif-bridge" "$2" \
            type_if=vif </dev/null >/run/tmp/said 2>&1
        exit $?
    ) 2>/dev/null
}

# points COMMAND: "call number" for each call it makes.
points() {
    local call count number
    traced "--trace=${calls// /,}" "$1"
    for call in $calls; do
        count=$(grep -cE "^[0-9]+ +$call\(" /run/tmp/trace || true)
        for ((number = 1; number <= count; number += every)); do echo "$call $number"; done
    done >/run/tmp/points
}

# What an administrator would call the state of the vif; a device that was ever up has other settings of the kernel's own.
vif_facts() {
    ip -j -d address show | jq -c '.[] | select(.ifname == "vif5.0" or .ifname == "xenbr0")
        | [.ifname, .master, .mtu, .address, (.flags | index("UP") != null), (.addr_info | map(select(.scope != "link")))]'
}

fully_online() {
    claim "$1: master" "$(master_of vif5.0)" xenbr0
    claim "$1: MTU" "$(mtu_of vif5.0)" 1400
    claim "$1: MAC" "$(mac_of vif5.0)" fe:ff:ff:ff:ff:ff
    is_up vif5.0
    connected 5 0
}

fully_offline() {
    claim "$1: master" "$(master_of vif5.0)" ""
    not is_up vif5.0
}

@test "online, killed at every call: the next online, or offline, puts it right (S31)" {
    local call number turn=0
    points online
    while read -r call number <&4; do
        fresh_guest
        traced "--inject=$call:signal=KILL:when=$number" online || true
        if ((turn++ % 2)); then
            works as_libxl vif-bridge online 5 0
            fully_online "online killed at $call $number, then online"
        else
            works as_libxl vif-bridge offline 5 0
            fully_offline "online killed at $call $number, then offline"
        fi
    done 4</run/tmp/points
}

@test "offline, killed at every call: the next offline puts it right" {
    local call number
    as_libxl vif-bridge online 5 0
    points offline
    while read -r call number <&4; do
        as_libxl vif-bridge online 5 0
        traced "--inject=$call:signal=KILL:when=$number" offline || true
        works as_libxl vif-bridge offline 5 0
        fully_offline "offline killed at $call $number, then offline"
    done 4</run/tmp/points
}

# --- an error from every call -------------------------------------------------------------------------------------------

every_call="$calls getsockname setsockopt openat newfstatat getdents64 mkdir fchmod fsync rename unlink fcntl pread64 pwrite64"

# faulty OPTION COMMAND: $script for $device below strace.
faulty() {
    (
        XENBUS_PATH=backend/vif/5/0 vif=vif5.0 INTERFACE=vif5.0-emu strace -f -qq -o /run/tmp/trace "$1" \
            "$DOM0NET_BIN/$script" "$2" "type_if=$type" dhcp=no </dev/null >/run/tmp/said 2>&1
        exit $?
    ) 2>/dev/null
}

# points_of COMMAND: "call number" for each call it makes once it is itself and not the loader.
points_of() {
    local call count number first
    faulty "--trace=rt_sigaction,${every_call// /,}" "$1" || true
    first=$(grep -n 'SIGPIPE' /run/tmp/trace | head -n 1 | cut -d: -f1)
    for call in $every_call; do
        count=$(grep -cE "^[0-9]+ +$call\(" /run/tmp/trace || true)
        number=$(head -n "$first" /run/tmp/trace | grep -cE "^[0-9]+ +$call\(" || true)
        for ((number++; number <= count; number += 2 * every)); do echo "$call $number"; done
    done >/run/tmp/points
}

elements() { nft -j list ruleset | jq '[.nftables[].set? | select(. != null and .table == "dom0net" and .name != "drops") | .elem // [] | length] | add // 0'; }

# of_guest: all that there is of the guest.
of_guest() {
    vif_facts
    link_field "$device" .group
    ip route show table all proto 208
    ip -6 route show table all proto 208
    ip -6 neighbour show proxy
    elements
    ls -A /run/dom0net/filters
}

# told POINT: Xen knows that it failed, and why, or the log says that it could not be told.
told() {
    [[ $(status_of 5 0) == error && -n $(error_of 5 0) ]] || grep -q "could not be told to Xen" /run/tmp/said ||
        claim "$1: told" "status '$(status_of 5 0)', error '$(error_of 5 0)', said $(cat /run/tmp/said)" error
}

# untell: Xen has heard of nothing.
untell() {
    xenstore-write "$(backend_of 5 0)/hotplug-status" ""
    xenstore-rm "$(backend_of 5 0)/hotplug-error" 2>/dev/null || true
}

guest_of_all_programs() {
    world_reset
    nft flush ruleset
    plain_host
    bridge xenbr0
    vif 5 0
    tap vif5.0-emu
    vif_nodes 5 0 mtu=1400 "ip=10.0.0.5 2001:db8:5::5"
    mkdir -p /run/dom0net/filters
    for command in online offline add remove; do as_libxl "$1" "$command" 5 0 dhcp=no; done # what stays for ever is there
}

# errors SCRIPT DEVICE UP DOWN: an error from each call on the way up and on the way down.
errors() {
    local script=$1 device=$2 up=$3 down=$4 type=vif call number
    [[ $device == vif5.0 ]] || type=tap
    guest_of_all_programs "$script"
    of_guest >/run/tmp/offline
    points_of "$up"
    of_guest >/run/tmp/online
    as_libxl "$script" "$down" 5 0 dhcp=no
    while read -r call number <&4; do
        untell
        if faulty "--inject=$call:error=EIO:when=$number" "$up"; then
            of_guest >/run/tmp/after
            same "$script $up with an error from $call $number" /run/tmp/online /run/tmp/after
            [[ $up != online ]] || connected 5 0
        else
            of_guest >/run/tmp/after
            same "$script $up with an error from $call $number left something" /run/tmp/offline /run/tmp/after
            told "$script $up with an error from $call $number"
        fi
        works as_libxl "$script" "$down" 5 0 dhcp=no
    done 4</run/tmp/points

    as_libxl "$script" "$up" 5 0 dhcp=no
    points_of "$down"
    while read -r call number <&4; do
        works as_libxl "$script" "$up" 5 0 dhcp=no
        untell
        if ! faulty "--inject=$call:error=EIO:when=$number" "$down"; then
            told "$script $down with an error from $call $number"
        elif ! grep -q ", ignoring" /run/tmp/said; then
            of_guest >/run/tmp/after
            same "$script $down with an error from $call $number left something" /run/tmp/offline /run/tmp/after
        fi
        ! is_up "$device" || claim "$script $down with an error from $call $number" "up ($(cat /run/tmp/said))" down
        claim "$script $down with an error from $call $number: master" "$(master_of "$device")" ""
        works as_libxl "$script" "$down" 5 0 dhcp=no
        of_guest >/run/tmp/after
        same "$script $down after an error from $call $number" /run/tmp/offline /run/tmp/after
    done 4</run/tmp/points
}

@test "S13: vif-bridge, with an error from every call: up is all or nothing, down is down, and Xen is told" {
    errors vif-bridge vif5.0 online offline
    errors vif-bridge vif5.0-emu add remove
}

@test "S13: vif-route, with an error from every call: the same" {
    errors vif-route vif5.0 online offline
    errors vif-route vif5.0-emu add remove
}

@test "S13: vif-nat, with an error from every call: the same" {
    errors vif-nat vif5.0 online offline
    errors vif-nat vif5.0-emu add remove
}
