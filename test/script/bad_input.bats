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

# /proc/sys/net has folders of these names beside those of the interfaces.
@test "names that are no devices' are refused by every program, and on the way down are none" {
    local name program
    wire eth0
    ip address add 192.0.2.2/24 dev eth0
    for name in all default . ..; do
        for program in vif-bridge vif-route vif-nat; do
            xenstore-write "$(backend_of 5 0)/vifname" "$name"
            rejected "$name" as_libxl "$program" online 5 0
            refused 5 0 "is not an interface name"
            works as_libxl "$program" offline 5 0
            xenstore-rm "$(backend_of 5 0)/vifname"
        done
        rejected "$name" as_libxl vif-route online 5 0 "netdev=$name"
        rejected "$name" "$DOM0NET_BIN/network-route" start "netdev=$name"
        rejected "$name" "$DOM0NET_BIN/network-nat" start "netdev=$name"
        rejected "$name" "$DOM0NET_BIN/network-bridge" start "bridge=$name"
    done
}

# A configuration is read by every online.
@test "vif-bridge: a configuration that cannot be meant is refused at once, with its place" {
    local file=/etc/xen/dom0net.json
    head -c 1000000 /dev/zero | tr '\0' '[' >$file
    rejected "$file:1:33: it is nested deeper than 32 levels" timeout 5 "$DOM0NET_BIN/vif-bridge" --no-xenstore online vif=vif5.0
    rm $file && mkfifo $file
    rejected "it is no regular file" timeout 5 "$DOM0NET_BIN/vif-bridge" --no-xenstore online vif=vif5.0
    ln -sf /dev/zero $file
    rejected "it is no regular file" timeout 5 "$DOM0NET_BIN/vif-bridge" --no-xenstore online vif=vif5.0
    rm $file && head -c 10000000 /dev/urandom >$file
    rejected "it has more than 1048576 bytes" timeout 5 "$DOM0NET_BIN/vif-bridge" --no-xenstore online vif=vif5.0
    printf '\xde\xad\xbe\xef' >$file
    rejected "$file:1:1: " timeout 5 "$DOM0NET_BIN/vif-bridge" --no-xenstore online vif=vif5.0
    works as_libxl vif-bridge offline 5 0
    rm $file
}

@test "network-bridge: names that no interface can have" {
    wire eth0
    local name
    for name in 0123456789abcdef a/b 'a b' $'a\tb' .. 'a:b' all default; do
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
