#!/usr/bin/env bats
# Wrong words: one sentence that names the word, exit status 2 or 1, and a kernel that has not changed.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    world_reset
    bridge xenbr0
    vif 5 0
    vif_nodes 5 0
}

# rejected WORD COMMAND...: it failed, said one line with WORD in it, and the kernel is as it was.
rejected() {
    net_state >/run/tmp/before
    status=0
    said=$("${@:2}" 2>&1 </dev/null) || status=$?
    net_state >/run/tmp/after
    same "$* changed the kernel" /run/tmp/before /run/tmp/after
    [[ $status == 1 || $status == 2 ]] || claim "exit status of ${*:2} ($said)" "$status" "1 or 2"
    mentions "$1"
}

vif_call() { env XENBUS_PATH=backend/vif/5/0 vif=vif5.0 "$DOM0NET_BIN/vif-bridge" "$@"; }

@test "vif-bridge: an unknown command is named, to the caller and to the store" {
    rejected frobnicate vif_call frobnicate type_if=vif
    claim "exit status" "$status" 2
    refused 5 0 frobnicate
}

@test "vif-bridge: no command at all" {
    rejected "" vif_call type_if=vif
    claim "exit status" "$status" 2
    rejected "" vif_call
    claim "exit status" "$status" 2
}

@test "vif-bridge: an unknown type is named, to the caller and to the store" {
    rejected foo vif_call online type_if=foo
    claim "exit status" "$status" 2
    refused 5 0 foo
}

@test "vif-bridge: XENBUS_PATH missing or empty" {
    rejected XENBUS_PATH env vif=vif5.0 "$DOM0NET_BIN/vif-bridge" online type_if=vif
    rejected XENBUS_PATH env XENBUS_PATH= vif=vif5.0 "$DOM0NET_BIN/vif-bridge" online type_if=vif
}

@test "vif-bridge: vif missing or empty" {
    rejected vif env XENBUS_PATH=backend/vif/5/0 "$DOM0NET_BIN/vif-bridge" online type_if=vif
    refused 5 0 vif
    rejected vif env XENBUS_PATH=backend/vif/5/0 vif= "$DOM0NET_BIN/vif-bridge" online type_if=vif
}

@test "vif-bridge: INTERFACE missing or empty" {
    rejected INTERFACE env XENBUS_PATH=backend/vif/5/0 vif=vif5.0 "$DOM0NET_BIN/vif-bridge" add type_if=tap
    rejected INTERFACE env XENBUS_PATH=backend/vif/5/0 vif=vif5.0 INTERFACE= "$DOM0NET_BIN/vif-bridge" add type_if=tap
}

@test "vif-bridge: names that no interface can have" {
    local name
    for name in 0123456789abcdef a/b 'a b' $'a\tb' $'a\nb' $'a\x01b' . .. 'a:b'; do
        rejected "" env XENBUS_PATH=backend/vif/5/0 "vif=$name" timeout 20 "$DOM0NET_BIN/vif-bridge" online type_if=vif
        refused 5 0
    done
}

@test "vif-bridge: a name that looks like a command is a name" {
    rejected '$(reboot)' env XENBUS_PATH=backend/vif/5/0 'vif=$(reboot)' "$DOM0NET_BIN/vif-bridge" online type_if=vif
    refused 5 0 '$(reboot)'
}

@test "vif-bridge: bridge names that no bridge can have, in the store and on the command line" {
    local name
    for name in 0123456789abcdef a/b 'a b' $'a\tb' '$(touch /run/tmp/evaluated)' '../xenbr0'; do
        xenstore-write "$(backend_of 5 0)/bridge" "$name"
        rejected "" vif_call online type_if=vif
        refused 5 0
        xenstore-rm "$(backend_of 5 0)/bridge"
        rejected "" vif_call online type_if=vif "bridge=$name"
    done
    [[ ! -e /run/tmp/evaluated ]]
}

@test "vif-bridge: words are never evaluated" {
    works vif_call online type_if=vif 'x=$(touch /run/tmp/evaluated)' 'y=`touch /run/tmp/evaluated`' 'z=a;touch /run/tmp/evaluated'
    [[ ! -e /run/tmp/evaluated ]]
}

@test "vif-bridge: an impossible mtu= on the command line" {
    local value
    for value in abc 1x 99999999999 -5 0x5dc; do
        rejected "$value" vif_call online type_if=vif "mtu=$value"
    done
}

@test "vif-bridge: an unknown option" {
    rejected --frobnicate vif_call --frobnicate online
    claim "exit status" "$status" 2
}

@test "network-bridge: an unknown command, or none: status 2 and how to use it" {
    wire eth0
    rejected frobnicate network_bridge frobnicate
    claim "exit status" "$status" 2
    rejected "" network_bridge
    claim "exit status" "$status" 2
    mentions start
}

@test "network-bridge: names that no interface can have" {
    wire eth0
    local name
    for name in 0123456789abcdef a/b 'a b' $'a\tb' .. 'a:b'; do
        rejected "" network_bridge start "netdev=$name"
        rejected "" network_bridge start netdev=eth0 "bridge=$name"
    done
}

@test "network-bridge: values that are no numbers" {
    wire eth0
    rejected soon network_bridge start netdev=eth0 --confirm soon
    rejected x network_bridge start netdev=eth0 vifnum=x
}

@test "every program has --help and --version" {
    local program
    for program in vif_bridge network_bridge dom0net; do
        works "$program" --help
        mentions "${program/_/-}"
        works "$program" --version
        [[ $said == *[0-9].[0-9]* ]]
    done
}
