#!/usr/bin/env bats
# A kill, or an error, at every single system call by which network-bridge talks to the kernel: the host is never without
# its address, and rollback, stop or start bring it where it should be.
#
# strace does the killing and the failing. All failures of a test are listed together. Calls that only look, of which there
# are hundreds, are sampled; DOM0NET_INJECT_EVERY=N takes every Nth of the others (1: all of them, which takes minutes).
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash

every=${DOM0NET_INJECT_EVERY:-4}
calls="bind sendmsg sendto recvmsg recvfrom write pwrite64 fsync fdatasync rename renameat renameat2 unlink unlinkat mkdir flock"
looking_calls="socket ioctl openat getdents64"
declare -A error_of_call=([write]=ENOSPC [pwrite64]=ENOSPC [fsync]=EIO [fdatasync]=EIO [rename]=EIO [renameat]=EIO
    [renameat2]=EIO [unlink]=EIO [unlinkat]=EIO [mkdir]=EACCES [socket]=EMFILE [openat]=EMFILE [ioctl]=EIO [getdents64]=EIO [bind]=EADDRINUSE [flock]=ENOLCK)

setup() {
    # A sanitizer that looks for leaks cannot do so while it is traced.
    export ASAN_OPTIONS=detect_leaks=0
    fresh_host
}

fresh_host() {
    world_reset
    rich_host
    net_state >/run/tmp/before
}

is_as_before() {
    net_state >/run/tmp/now
    cmp -s /run/tmp/before /run/tmp/now
}

# In a subshell that keeps bash's own remark on a killed child to itself.
traced() {
    (
        strace -f -qq -o /run/tmp/trace "$@" </dev/null >/run/tmp/said 2>&1
        exit $?
    ) 2>/dev/null
}

# points WORD...: "call number" for each call that network-bridge WORD... makes; it runs once for that.
points() {
    local call count number step
    traced -e trace="${calls// /,},${looking_calls// /,}" "$DOM0NET_BIN/network-bridge" "$@"
    for call in $calls $looking_calls; do
        step=$every
        [[ " $looking_calls " != *" $call "* ]] || step=$((every * 17))
        count=$(grep -cE "^[0-9]+ +$call\(" /run/tmp/trace || true)
        for ((number = 1; number <= count; number += step)); do
            echo "$call $number"
        done
    done
}

addresses_are_somewhere() {
    ip -j address | jq -e '[.[].addr_info[] | select(.local == "192.0.2.2")] | length > 0' >/dev/null &&
        ip -j address | jq -e '[.[].addr_info[] | select(.local == "2001:db8::2")] | length > 0' >/dev/null
}

is_moved() {
    [[ $(master_of eth0) == xenbr0 ]] && addresses_of xenbr0 | grep -q '^192.0.2.2/24' &&
        [[ -z $(addresses_of eth0) ]] && [[ -z $(ip route show dev eth0) ]] &&
        ip route show dev xenbr0 | grep -q '^default'
}

complain() {
    failures+=("$1")
    [[ ! -s /run/tmp/now ]] || diff <(tr ',' '\n' </run/tmp/before) <(tr ',' '\n' </run/tmp/now) | grep '^[<>]' |
        cut -c1-120 | head -n 6 >>/run/tmp/complaints
    fresh_host
}

verdict() {
    [[ ${#failures[@]} -eq 0 ]] && return
    printf '%d of %d points failed:\n' "${#failures[@]}" "$tried" >&2
    printf '  %s\n' "${failures[@]:0:40}" >&2
    head -n 30 /run/tmp/complaints >&2
    return 1
}

# back_by WHERE COMMAND...: after COMMAND dom0 is as before.
back_by() {
    "${@:2}" >/run/tmp/said 2>&1 || {
        complain "$1: ${*:2} failed: $(tail -n 1 /run/tmp/said)"
        return 0
    }
    poll 3 is_as_before || complain "$1: after ${*:2} dom0 is not as before"
}

# recover WHERE NUMBER: the three ways out in turn.
recover() {
    addresses_are_somewhere || {
        complain "$1: the host is without its address"
        return 0
    }
    case $(($2 % 3)) in
        0) back_by "$1" dom0net rollback ;;
        1) back_by "$1" network_bridge stop ;;
        2)
            network_bridge start >/run/tmp/said 2>&1 || {
                complain "$1: start failed: $(tail -n 1 /run/tmp/said)"
                return 0
            }
            is_moved || {
                complain "$1: after start the NIC is not on the bridge"
                return 0
            }
            back_by "$1, then start" network_bridge stop
            ;;
    esac
}

killed_at() { traced -e "inject=$1:signal=KILL:when=$2" "$DOM0NET_BIN/network-bridge" "$3" || true; }

@test "start, killed at every call" {
    local failures=() tried=0 call number where
    points start >/run/tmp/points
    network_bridge stop >/dev/null
    while read -r call number <&4; do
        where="start killed at $call $number"
        killed_at "$call" "$number" start
        recover "$where" "$((tried++))"
    done 4</run/tmp/points
    verdict
}

@test "stop, killed at every call" {
    local failures=() tried=0 call number where
    network_bridge start >/dev/null
    points stop >/run/tmp/points
    while read -r call number <&4; do
        where="stop killed at $call $number"
        network_bridge start >/dev/null
        killed_at "$call" "$number" stop
        recover "$where" "$((tried++))"
    done 4</run/tmp/points
    verdict
}

@test "start, with an error from every call: all or nothing" {
    local failures=() tried=0 call number where
    points start >/run/tmp/points
    network_bridge stop >/dev/null
    while read -r call number <&4; do
        where="start with an error from $call $number"
        tried=$((tried + 1))
        if traced -e "inject=$call:error=${error_of_call[$call]:-ENOBUFS}:when=$number" \
            "$DOM0NET_BIN/network-bridge" start; then
            is_moved || complain "$where: success, but the NIC is not on the bridge"
            back_by "$where: success" network_bridge stop
        else
            poll 3 is_as_before || complain "$where: failed, and left something ($(tail -n 1 /run/tmp/said))"
        fi
    done 4</run/tmp/points
    verdict
}

@test "stop, with an error from every call: the next stop, or rollback, finishes it" {
    local failures=() tried=0 call number where
    network_bridge start >/dev/null
    points stop >/run/tmp/points
    while read -r call number <&4; do
        where="stop with an error from $call $number"
        network_bridge start >/dev/null
        if traced -e "inject=$call:error=${error_of_call[$call]:-ENOBUFS}:when=$number" \
            "$DOM0NET_BIN/network-bridge" stop; then
            poll 3 is_as_before || complain "$where: success, but dom0 is not as before"
            tried=$((tried + 1))
        else
            recover "$where" "$((tried++))"
        fi
    done 4</run/tmp/points
    verdict
}
