#!/usr/bin/env bats
# Several calls for one vif, at once or with each step of one delayed: the guest is up with its filter, or down without one,
# and whoever called later has the last word.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash
load ../support/routed.bash

every=${DOM0NET_INJECT_EVERY:-4}
address=10.0.0.5

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    export ASAN_OPTIONS=detect_leaks=0
    world_reset
    nft flush ruleset
    bridge xenbr0
    vif 5 0
    vif_nodes 5 0 ip=$address
}

elements() { nft -j list ruleset | jq '[.nftables[].set? | select(. != null and .table == "dom0net" and .name != "drops") | .elem // [] | length] | add // 0'; }
records() { find /run/dom0net/filters -type f 2>/dev/null | wc -l; }
has_filter() { nft get element bridge dom0net guests '{ "vif5.0" }' >/dev/null 2>&1; }
is_online() { is_up vif5.0 && [[ $(master_of vif5.0) == xenbr0 ]]; }
begin() { as_libxl vif-bridge "$@" 3>&- >>/run/tmp/said 2>&1 & }

# The number of elements of a guest that is online.
of_one_guest() {
    works as_libxl vif-bridge online 5 0
    expected=$(elements)
    works as_libxl vif-bridge offline 5 0
    nothing_left
}

nothing_left() {
    not is_up vif5.0
    claim "master" "$(master_of vif5.0)" ""
    claim "elements" "$(elements)" 0
    claim "records" "$(records)" 0
}

# consistent: online with one filter, whole and on record, or offline without a trace.
consistent() {
    if ! is_up vif5.0 && [[ -z $(master_of vif5.0) ]]; then
        nothing_left
        return
    fi
    is_online
    has_filter
    claim "elements" "$(elements)" "$expected"
    claim "records" "$(records)" 1
    claim "status" "$(status_of 5 0)" connected
}

# all_succeed: each call in the background.
all_succeed() {
    local job
    for job in $(jobs -p); do
        wait "$job" || {
            cat /run/tmp/said >&2
            return 1
        }
    done
}

@test "online beside offline, eighty times: with its filter, or down" {
    local turn
    of_one_guest
    for turn in {1..80}; do
        : >/run/tmp/said
        begin online 5 0
        begin offline 5 0
        all_succeed
        consistent
    done
    as_libxl vif-bridge offline 5 0
    nothing_left
}

@test "four onlines at once, sixty times: each succeeds, and there is one filter" {
    local turn call
    of_one_guest
    for turn in {1..60}; do
        : >/run/tmp/said
        for call in 1 2 3 4; do begin online 5 0; done
        all_succeed
        consistent
        is_online
        ((turn % 2)) || as_libxl vif-bridge offline 5 0
    done
}

@test "two onlines with different addresses, sixty times: the one's elements or the other's, and an offline removes them" {
    local turn
    vif_nodes 5 0
    xenstore-rm "$(backend_of 5 0)/ip" 2>/dev/null || true
    works as_libxl vif-bridge online 5 0 ip=$address
    expected=$(elements)
    for turn in {1..60}; do
        : >/run/tmp/said
        begin online 5 0 ip=10.0.0.6
        begin online 5 0 ip=10.0.0.7
        all_succeed
        consistent
        claim "addresses" "$(nft -j list set bridge dom0net ipv4 | jq '.nftables[].set?.elem? // empty | length')" 1
        grep -qE '"10\.0\.0\.[67]' /run/dom0net/filters/*
        works as_libxl vif-bridge offline 5 0
        nothing_left
    done
}

# --- of all programs, with what else looks at filters -------------------------------------------------------------------

has_routed_filter() { nft get element inet dom0net guests "{ \"$1\" }" >/dev/null 2>&1; }
has_bridged_filter() { nft get element bridge dom0net guests "{ \"$1\" }" >/dev/null 2>&1; }
has_any_filter() { has_routed_filter "$1" || has_bridged_filter "$1"; }

# filtered_when_up DEVICE: and on record; down it has neither.
filtered_when_up() {
    if is_up "$1"; then
        has_any_filter "$1" || claim "$1" "up without a filter" "up with its filter"
        [[ -e /run/dom0net/filters/$1 ]]
    else
        not has_any_filter "$1"
        not test -e "/run/dom0net/filters/$1"
    fi
}

# all_at_once SCRIPT: vif and emulated card come and go at once, beside gc and repair, twenty times.
all_at_once() {
    local turn command
    tap vif5.0-emu
    for turn in {1..20}; do
        : >/run/tmp/said
        for command in online offline add remove; do
            as_libxl "$1" "$command" 5 0 3>&- >>/run/tmp/said 2>&1 &
        done
        dom0net gc 3>&- >>/run/tmp/said 2>&1 &
        ((turn % 3)) || dom0net repair 3>&- >>/run/tmp/said 2>&1 &
        all_succeed
        filtered_when_up vif5.0
        filtered_when_up vif5.0-emu
    done
    works as_libxl "$1" offline 5 0
    works as_libxl "$1" remove 5 0
    nothing_left
}

@test "vif-bridge: vif and emulated card come and go at once, beside gc and repair" {
    all_at_once vif-bridge
}

@test "vif-route: vif and emulated card come and go at once, beside gc and repair" {
    plain_host
    vif_nodes 5 0 "ip=192.0.2.50 198.51.100.0/28 2001:db8::50"
    all_at_once vif-route
}

@test "vif-nat: vif and emulated card come and go at once, beside gc and repair" {
    vif_nodes 5 0 "ip=10.0.0.5 10.0.0.6 fd00::5"
    all_at_once vif-nat
}

# --- each step delayed ----------------------------------------------------------------------------------------------

# Not write: xenstored waits for the second half of a message, and answers nobody meanwhile.
calls="openat sendto sendmsg recvmsg recvfrom read pwrite64 fcntl connect rename unlink"

# traced OPTION COMMAND: vif-bridge for vif5.0 below strace.
traced() {
    XENBUS_PATH=backend/vif/5/0 vif=vif5.0 exec strace -f -qq -o /run/tmp/trace "$1" "$DOM0NET_BIN/vif-bridge" "$2" \
        type_if=vif </dev/null >/run/tmp/said 2>&1 3>&-
}

# points COMMAND: "call number" for each call that it makes once it knows when it began.
points() {
    local call count number first
    (traced "--trace=${calls// /,}" "$1")
    first=$(grep -n 'dom0net.json' /run/tmp/trace | head -n 1 | cut -d: -f1)
    for call in $calls; do
        count=$(grep -cE "^[0-9]+ +$call\(" /run/tmp/trace || true)
        number=$(head -n "$first" /run/tmp/trace | grep -cE "^[0-9]+ +$call\(" || true)
        for ((number++; number <= count; number += every)); do echo "$call $number"; done
    done >/run/tmp/points
}

# Of the one that is stopped: strace says so, and which child of it. It is gone if it never came to that call.
stopped_child() {
    tracee=$(sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' /run/tmp/trace 2>/dev/null)
    [[ -n $tracee ]]
}
stopped_or_gone() { stopped_child || ! kill -0 "$1" 2>/dev/null; }

# ended_or_waits PID: it has ended, or has come to ask for its turn while the one that is stopped has it.
ended_or_waits() {
    [[ -d /proc/$1 && $(sed 's/.*) //;s/ .*//' "/proc/$1/stat" 2>/dev/null) != Z ]] || return 0
    [[ -n $tracee ]] && grep -qE "POSIX +ADVISORY +WRITE +$tracee " /proc/locks &&
        find "/proc/$1/fd" -lname '*/dom0net/turns.lock' 2>/dev/null | grep -q .
}

# overlap CALL NUMBER FIRST SECOND: FIRST stops at that call, SECOND begins, and FIRST goes on when SECOND waits or is done.
overlap() {
    local first second tracee=""
    rm -f /run/tmp/trace
    (traced "--inject=$1:signal=STOP:when=$2" "$3") &
    first=$!
    poll 10 stopped_or_gone "$first"
    XENBUS_PATH=backend/vif/5/0 vif=vif5.0 "$DOM0NET_BIN/vif-bridge" "$4" type_if=vif </dev/null >/run/tmp/said.second 2>&1 3>&- &
    second=$!
    poll 10 ended_or_waits "$second"
    [[ -z $tracee ]] || kill -CONT "$tracee"
    wait "$first" || claim "$3, stopped at $1 $2" "$? $(cat /run/tmp/said)" 0
    wait "$second" || claim "$4 beside $3 that stops at $1 $2" "$? $(cat /run/tmp/said.second)" 0
}

@test "offline delayed at each call, and online in between: the guest is up, with its filter" {
    local call number
    of_one_guest
    as_libxl vif-bridge online 5 0
    points offline
    while read -r call number <&4; do
        as_libxl vif-bridge online 5 0
        overlap "$call" "$number" offline online
        consistent
        is_online || claim "offline stopped at $call $number, then online" offline online
    done 4</run/tmp/points
}

@test "online delayed at each call, and offline in between: the guest is down, without a filter" {
    local call number
    of_one_guest
    points online
    while read -r call number <&4; do
        as_libxl vif-bridge offline 5 0
        overlap "$call" "$number" online offline
        consistent
        not is_online || claim "online stopped at $call $number, then offline" online offline
    done 4</run/tmp/points
}
