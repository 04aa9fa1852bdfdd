#!/usr/bin/env bats
# What the LAN notices of start and stop: nothing, but for the odd single probe that falls into the few microseconds in
# which the kernel itself drops frames while a port joins or leaves a bridge.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash

rounds=3

setup() {
    world_reset
    like_a_card=yes plain_host
    echo_start
}

teardown() { echo_stop; }

hardly_lost() {
    claim "$1: lost in a row (in $(cat "$probe_report"))" "$(($(probes_lost_in_a_row) <= 1))" 1
    lost=$((lost + $(probes_lost)))
}

rounds_of_start_and_stop() {
    local lost=0 round
    for ((round = 0; round < rounds; ++round)); do
        works while_probed network_bridge start
        hardly_lost "start, round $round"
        works while_probed network_bridge stop
        hardly_lost "stop, round $round"
    done
    claim "lost in all rounds ($lost) are few" "$((lost <= 2))" 1
}

@test "start and stop lose next to nothing" {
    rounds_of_start_and_stop
}

@test "nor do they with strict reverse path filtering" {
    sysctl -qw net.ipv4.conf.all.rp_filter=1
    rounds_of_start_and_stop
}

@test "nor do they with loose reverse path filtering" {
    sysctl -qw net.ipv4.conf.all.rp_filter=2
    rounds_of_start_and_stop
}

@test "an open TCP connection keeps flowing, in each family" {
    local pids=() address
    "$DOM0NET_SUPPORT/stream" serve 7778 3>&- </dev/null >/dev/null 2>&1 &
    pids+=($!)
    for address in 192.0.2.2 2001:db8::2; do
        : >"/run/tmp/stream.$address"
        ip netns exec lan "$DOM0NET_SUPPORT/stream" talk "$address" 7778 3>&- >"/run/tmp/stream.$address" &
        pids+=($!)
        poll 5 grep -q ready "/run/tmp/stream.$address"
    done
    works network_bridge start
    sleep 1.2
    works network_bridge stop
    sleep 1.2
    kill -TERM "${pids[@]:1}"
    wait "${pids[@]:1}"
    kill "${pids[0]}"
    for address in 192.0.2.2 2001:db8::2; do
        said=$(tail -n 1 "/run/tmp/stream.$address")
        claim "silences over $address are short ($said)" "$(jq '.answers > 1000 and .silence_ms < 400' <<<"$said")" true
    done
}
