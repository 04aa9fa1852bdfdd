#!/usr/bin/env bats
# What the programs keep in /run/dom0net: when it is damaged, when it cannot be read now, when there is no room left,
# and when somebody else holds the lock.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh and claims.bash have the names

load ../support/world.sh
load ../support/claims.bash

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    world_reset
    nft flush ruleset
}

teardown() {
    mount -o remount,rw /run/dom0net 2>/dev/null || true
    umount /run/dom0net 2>/dev/null || true
}

# A file system of its own, which can be full or read-only without anything else being so.
own_folder() {
    mkdir -p /run/dom0net
    mount -t tmpfs -o mode=700,size=1m,nr_inodes=64 dom0net /run/dom0net
}

fill() {
    local n
    head -c 2M /dev/zero >/run/dom0net/filler 2>/dev/null || true
    for ((n = 0; n < 100; n++)); do
        : 2>/dev/null >"/run/dom0net/empty$n" || break
    done
    not touch /run/dom0net/one-more 2>/dev/null
}

is_back() {
    claim "master of eth0" "$(master_of eth0)" "" && [[ $(addresses_of eth0) == *192.0.2.2* ]] &&
        in_lan ping -c 1 -W 2 -q 192.0.2.2 >/dev/null
}

is_without_records() { [[ -z $(find /run/dom0net -name '*xenbr0*') ]]; }
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

@test "stop, rollback and a wait that is over work with neither room nor inodes left in /run (S3)" {
    plain_host
    local way
    for way in "network_bridge stop" "dom0net rollback" ""; do
        own_folder
        works network_bridge start ${way:+--confirm 600}
        [[ -n $way ]] || { works network_bridge stop && works network_bridge start --confirm 1; }
        fill
        # shellcheck disable=SC2086 # words
        [[ -z $way ]] || works $way
        poll 10 is_back
        poll 10 is_without_records
        umount /run/dom0net
    done
}

@test "confirm works with no room left in /run" {
    plain_host
    own_folder
    works network_bridge start --confirm 600
    fill
    works dom0net confirm
    mentions "is confirmed"
    works network_bridge status
    [[ $said != *"goes back"* ]]
    works network_bridge stop
    is_back
}

@test "stop works with /run read-only, and says what it could not note" {
    plain_host
    own_folder
    works network_bridge start
    mount -o remount,ro /run/dom0net
    works network_bridge stop
    mentions "Read-only file system"
    is_back
}

@test "start with no room in /run changes nothing" {
    plain_host
    own_folder
    fill
    unchanged_by network_bridge start
    claim status "$status" 1
    mentions "No space left"
}

@test "without descriptors to spare, stop goes back or says why not, and keeps the record (S4, S5)" {
    plain_host
    works network_bridge start
    local n stopped=
    for n in 3 4 5 6 7 8 9 10 12 16; do
        said=$( (ulimit -n "$n" && network_bridge stop) 2>&1) && stopped=yes
        [[ $said != *"no bridge"* && $said != *"set aside"* ]]
        [[ -z $stopped ]] || break
        claim "records" "$(find /run/dom0net -name '*.bridge.json' | wc -l)" 1
    done
    [[ -n $stopped ]] || works network_bridge stop
    is_back
}

@test "a folder of records that cannot be listed is no empty one (S5)" {
    mkdir -p /run/dom0net
    echo "in the way" >/run/dom0net/filters
    local verb
    for verb in gc repair drops; do
        fails 1 dom0net "$verb"
        mentions "/run/dom0net/filters: Not a directory"
    done
    rm -r /run/dom0net
    echo "in the way" >/run/dom0net
    for verb in status rollback confirm; do
        fails 1 dom0net "$verb"
        mentions "/run/dom0net"
    done
    rm /run/dom0net
}

@test "a user without rights is told so, and nothing is moved (S4)" {
    plain_host
    works network_bridge start
    local before
    before=$(find /run/dom0net | sort)
    fails 1 as_nobody "$DOM0NET_BIN/network-bridge" status
    mentions "Permission denied"
    claim "files" "$(find /run/dom0net | sort)" "$before"
    works network_bridge stop
    is_back
}

filtered_guest() {
    vif "$1" 0
    vif_nodes "$1" 0 "ip=10.0.0.$1"
}

two_filtered_guests() {
    bridge xenbr0
    filtered_guest 5
    filtered_guest 6
    works as_libxl vif-bridge online 5 0
    works as_libxl vif-bridge online 6 0
    echo rubbish >>"$(find /run/dom0net/filters -name 'vif6.0*')"
    nft flush ruleset
}

elements_of() { nft list ruleset | grep -cF "$1"; }

@test "one damaged record is its own guest's: the others are put back, and it is told (S6)" {
    two_filtered_guests
    fails 1 dom0net repair
    mentions vif6.0
    mentions "set aside"
    [[ $(elements_of 10.0.0.5) -gt 0 ]]
    works dom0net repair
    works dom0net gc
}

@test "another guest's damaged record keeps no guest from its network (S6)" {
    two_filtered_guests
    filtered_guest 7
    works as_libxl vif-bridge online 7 0
    connected 7 0
    [[ $(elements_of 10.0.0.5) -gt 0 && $(elements_of 10.0.0.7) -gt 0 ]]
    works as_libxl vif-bridge offline 6 0
}

@test "nobody but root can hold our locks, and who holds one too long is named (S10)" {
    plain_host
    works network_bridge start
    claim "what others can open" "$(find /run/dom0net -perm /066)" ""
    local lock
    while read -r lock; do
        not as_nobody flock -n "$lock" true
    done < <(find /run/dom0net)
    flock /run/dom0net/network-bridge.lock sleep 600 3>&- &
    local holder=$!
    poll 5 is_locked
    fails 1 network_bridge stop
    kill "$holder"
    mentions "/run/dom0net/network-bridge.lock: process"
    pkill -P "$holder" || true
}

is_locked() { not flock -n /run/dom0net/network-bridge.lock true; }

@test "two network namespaces that share /run have their own records (S25)" {
    ip netns add other
    plain_host
    works network_bridge start
    works ip netns exec other "$DOM0NET_BIN/network-bridge" stop
    mentions "no bridge"
    ip netns exec other ip link add eth0 type veth peer name far
    ip netns exec other ip link set eth0 up
    ip netns exec other ip address add 198.51.100.1/24 dev eth0
    works ip netns exec other "$DOM0NET_BIN/network-bridge" start netdev=eth0
    claim "records" "$(find /run/dom0net -name '*.bridge.json' | wc -l)" 2
    works ip netns exec other "$DOM0NET_BIN/network-bridge" stop
    works network_bridge stop
    is_back
}

@test "a record that is nested without end is damaged, and that is all (S30)" {
    mkdir -p /run/dom0net
    head -c 1M /dev/zero | tr '\0' '[' >/run/dom0net/xenbr0.bridge.json
    fails 1 network_bridge stop
    mentions "set aside"
    printf '\xde\x1b[2Jrubbish' >/run/dom0net/xenbr0.bridge.json
    fails 1 dom0net status
    [[ $said != *$'\x1b'* ]]
}
