#!/usr/bin/env bats
# vif-bridge killed, or let down by the kernel or the store, at every call: a guest is on its bridge or it is not, and the
# next call puts things right.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash

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

@test "online, with an error from every call: all or nothing, and never silent" {
    local call number
    points online
    while read -r call number <&4; do
        fresh_guest
        vif_facts >/run/tmp/before
        if traced "--inject=$call:error=ENOBUFS:when=$number" online; then
            fully_online "online with an error from $call $number"
        else
            vif_facts >/run/tmp/after
            same "online with an error from $call $number left something" /run/tmp/before /run/tmp/after
            [[ -s /run/tmp/said || $(status_of 5 0) == error ]]
        fi
    done 4</run/tmp/points
}
