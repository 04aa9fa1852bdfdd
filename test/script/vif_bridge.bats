#!/usr/bin/env bats
# vif-bridge as libxl calls it: the interface, the bridge and the store afterwards.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    world_reset
    bridge xenbr0
    vif 5 0
}

front_mtu() { store_read "$(frontend_of 5 0)/mtu"; }

# call NAME=VALUE... -- WORD...: vif-bridge for vif5.0 with more, or other, words than libxl's.
call() {
    local -a environment=(XENBUS_PATH=backend/vif/5/0 vif=vif5.0)
    while [[ $1 != -- ]]; do environment+=("$1") && shift; done
    env "${environment[@]}" "$DOM0NET_BIN/vif-bridge" "${@:2}" </dev/null
}

on_bridge() {
    claim "master of $1" "$(master_of "$1")" "$2"
    claim "MAC of $1" "$(mac_of "$1")" fe:ff:ff:ff:ff:ff
    is_up "$1"
}

not_operational() { ! is_operational "$1"; }

off_bridge() {
    claim "master of $1" "$(master_of "$1")" ""
    not is_up "$1"
}

# --- online and offline ---------------------------------------------------------------------------------------------

@test "online: the vif joins the bridge named in the store, up, with Xen's MAC and no address (S01)" {
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    on_bridge vif5.0 xenbr0
    claim "addresses" "$(ip -j address show dev vif5.0 | jq '.[0].addr_info | length')" 0
    connected 5 0
    claim "the front end's MTU" "$(front_mtu)" 1500
}

@test "online twice is online once (S02)" {
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    poll 5 is_operational xenbr0
    unchanged_by as_libxl vif-bridge online 5 0
    claim "exit status" "$status" 0
}

@test "offline: the vif is down and on no bridge; the status stays connected (S03)" {
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    works as_libxl vif-bridge offline 5 0
    off_bridge vif5.0
    connected 5 0
}

@test "offline twice is offline once (S04)" {
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    works as_libxl vif-bridge offline 5 0
    poll 5 not_operational xenbr0
    unchanged_by as_libxl vif-bridge offline 5 0
    claim "exit status" "$status" 0
}

@test "offline succeeds for a vif that is already gone (S05)" {
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    ip link delete vif5.0
    works as_libxl vif-bridge offline 5 0
}

@test "offline succeeds when the bridge is gone, and when the store is empty" {
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    ip link delete xenbr0
    works as_libxl vif-bridge offline 5 0
    connected 5 0
    xenstore-rm /local
    works as_libxl vif-bridge offline 5 0
}

@test "offline takes the vif off whatever bridge it is on" {
    bridge other 02:00:00:00:0b:01
    vif_nodes 5 0
    ip link set vif5.0 master other up
    works as_libxl vif-bridge offline 5 0
    off_bridge vif5.0
}

@test "a success removes the error that an earlier attempt left" {
    vif_nodes 5 0 bridge=nosuch
    fails 1 as_libxl vif-bridge online 5 0
    refused 5 0
    xenstore-write "$(backend_of 5 0)/bridge" xenbr0
    works as_libxl vif-bridge online 5 0
    connected 5 0
}

@test "an offline that follows a failed online, as libxl does it, leaves the error to be read" {
    vif_nodes 5 0 bridge=nosuch
    fails 1 as_libxl vif-bridge online 5 0
    works as_libxl vif-bridge offline 5 0
    refused 5 0 "Could not find bridge device nosuch"
}

# --- which bridge ---------------------------------------------------------------------------------------------------

@test "a bridge that is missing is named in the store, and the vif is left alone (S06)" {
    ip link delete xenbr0
    vif_nodes 5 0
    net_state >/run/tmp/before
    fails 1 as_libxl vif-bridge online 5 0
    net_state >/run/tmp/after
    same "the kernel" /run/tmp/before /run/tmp/after
    refused 5 0 "Could not find bridge device xenbr0"
}

@test "xenbrN stands for ethN where only that is a bridge (S07)" {
    ip link delete xenbr0
    bridge eth0
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    on_bridge vif5.0 eth0
    connected 5 0
}

@test "xenbr1 stands for eth1, not for eth0 (S07b)" {
    bridge eth0 02:00:00:00:0b:01
    bridge eth1 02:00:00:00:0b:02
    vif_nodes 5 0 bridge=xenbr1
    works as_libxl vif-bridge online 5 0
    on_bridge vif5.0 eth1
}

@test "where both xenbr0 and eth0 are bridges, xenbr0 it is (S07c)" {
    bridge eth0 02:00:00:00:0b:01
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    on_bridge vif5.0 xenbr0
}

@test "xenbr0 does not stand for an eth0 that is no bridge" {
    ip link delete xenbr0
    ip link add eth0 type veth peer name other
    vif_nodes 5 0
    fails 1 as_libxl vif-bridge online 5 0
    refused 5 0 "Could not find bridge device xenbr0"
}

@test "with no bridge named, the only one is taken, ports or not (S08)" {
    vif_nodes 5 0 bridge=
    works as_libxl vif-bridge online 5 0
    on_bridge vif5.0 xenbr0
    vif 6 0
    vif_nodes 6 0 bridge=
    works as_libxl vif-bridge online 6 0
    on_bridge vif6.0 xenbr0
}

@test "with no bridge named and none there, the store says so (S09)" {
    ip link delete xenbr0
    vif_nodes 5 0 bridge=
    fails 1 as_libxl vif-bridge online 5 0
    refused 5 0 "Could not find bridge, and none was specified"
}

@test "the store's bridge beats the argument's, and that the environment's (S10)" {
    bridge bra 02:00:00:00:0b:0a
    bridge brb 02:00:00:00:0b:0b
    bridge brc 02:00:00:00:0b:0c
    vif_nodes 5 0 bridge=brc
    works call bridge=bra -- online type_if=vif bridge=brb
    on_bridge vif5.0 brc
    xenstore-rm "$(backend_of 5 0)/bridge"
    works call bridge=bra -- online type_if=vif bridge=brb
    on_bridge vif5.0 brb
    works call bridge=bra -- online type_if=vif
    on_bridge vif5.0 bra
}

@test "an empty bridge key is as good as none" {
    vif_nodes 5 0
    xenstore-write "$(backend_of 5 0)/bridge" ""
    works as_libxl vif-bridge online 5 0
    on_bridge vif5.0 xenbr0
}

@test "a bridge that is no bridge is told to the store, and the vif stays down (S11)" {
    ip link add notabridge type veth peer name other
    vif_nodes 5 0 bridge=notabridge
    fails 1 as_libxl vif-bridge online 5 0
    refused 5 0 notabridge
    off_bridge vif5.0
}

@test "a vif on another bridge changes over (S28)" {
    bridge bry 02:00:00:00:0b:01
    ip link set vif5.0 master xenbr0
    vif_nodes 5 0 bridge=bry
    works as_libxl vif-bridge online 5 0
    on_bridge vif5.0 bry
}

# --- a vif that is not there ----------------------------------------------------------------------------------------

@test "a vif that never comes is told to the store after a bounded wait (S12)" {
    ip link delete vif5.0
    vif_nodes 5 0
    local start=$SECONDS
    fails 1 as_libxl vif-bridge online 5 0
    ((SECONDS - start < 10))
    refused 5 0 vif5.0
}

@test "a vif that comes late is waited for" {
    ip link delete vif5.0
    vif_nodes 5 0
    as_libxl vif-bridge online 5 0 3>&- &
    local pid=$!
    sleep 0.3
    vif 5 0
    wait "$pid"
    on_bridge vif5.0 xenbr0
    connected 5 0
}

# --- vifname --------------------------------------------------------------------------------------------------------

@test "vifname: the vif gets its name, and the front end of the guest the MTU (S13)" {
    ip link set xenbr0 mtu 1400
    vif_nodes 5 0 vifname=web0
    works as_libxl vif-bridge online 5 0
    on_bridge web0 xenbr0
    not exists vif5.0
    claim "the front end's MTU" "$(front_mtu)" 1400
    not xenstore-exists /local/domain/web0
    works as_libxl vif-bridge offline 5 0
    off_bridge web0
}

@test "vifname: online twice is online once" {
    vif_nodes 5 0 vifname=web0
    works as_libxl vif-bridge online 5 0
    works as_libxl vif-bridge online 5 0
    on_bridge web0 xenbr0
    connected 5 0
}

@test "vifname: a name in use is refused in the old words, and its owner left alone (S14)" {
    ip link add web0 type veth peer name other
    vif_nodes 5 0 vifname=web0
    net_state >/run/tmp/before
    fails 1 as_libxl vif-bridge online 5 0
    net_state >/run/tmp/after
    same "the kernel" /run/tmp/before /run/tmp/after
    refused 5 0 "Cannot rename interface vif5.0. An interface with name web0 already exists."
}

@test "vifname: 15 characters are a name, 16 are not (S15)" {
    vif_nodes 5 0 vifname=sixteen-letters1
    fails 1 as_libxl vif-bridge online 5 0
    refused 5 0 sixteen-letters1
    exists vif5.0
    xenstore-write "$(backend_of 5 0)/vifname" fifteen-letters
    works as_libxl vif-bridge online 5 0
    on_bridge fifteen-letters xenbr0
}

# --- MTU, MAC, addresses --------------------------------------------------------------------------------------------

@test "mtu: the store's goes to the vif and to the front end, and not to the bridge (S16)" {
    vif_nodes 5 0 mtu=1400
    works as_libxl vif-bridge online 5 0
    claim "MTU of the vif" "$(mtu_of vif5.0)" 1400
    claim "the front end's MTU" "$(front_mtu)" 1400
    claim "MTU of the bridge" "$(mtu_of xenbr0)" 1500
    works as_libxl vif-bridge offline 5 0
    claim "MTU of the bridge after offline" "$(mtu_of xenbr0)" 1500
}

@test "mtu: without a key it is the bridge's (S17)" {
    ip link set xenbr0 mtu 9000
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    claim "MTU of the vif" "$(mtu_of vif5.0)" 9000
    claim "the front end's MTU" "$(front_mtu)" 9000
    claim "MTU of the bridge" "$(mtu_of xenbr0)" 9000
}

@test "mtu: what is no number does not cost the guest its network (S18)" {
    local value
    for value in abc 0 -1 1e3 '$(reboot)'; do
        vif_nodes 5 0 "mtu=$value"
        works as_libxl vif-bridge online 5 0
        claim "MTU of the vif with mtu=$value" "$(mtu_of vif5.0)" 1500
        connected 5 0
    done
}

@test "mtu: what the device cannot do is not what the front end is told (S19)" {
    local value
    for value in 99999 12 99999999999999999999; do
        vif_nodes 5 0 "mtu=$value"
        works as_libxl vif-bridge online 5 0
        claim "MTU of the vif with mtu=$value" "$(mtu_of vif5.0)" 1500
        claim "the front end's MTU with mtu=$value" "$(front_mtu)" 1500
        connected 5 0
    done
}

@test "the front end's MTU stays readable for the guest only" {
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    claim "permissions" "$(xenstore-ls -fp "$(frontend_of 5 0)" | grep /mtu | sed 's/.*(\(.*\))/\1/')" n0,r5
}

@test "all addresses of the vif are flushed, and it gets no IPv6 address of its own (S29)" {
    ip link set vif5.0 up
    ip address add 10.0.0.9/24 dev vif5.0
    ip address add 2001:db8:9::9/64 dev vif5.0 nodad
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    poll 5 is_operational vif5.0
    claim "addresses" "$(ip -j address show dev vif5.0 | jq -c '.[0].addr_info')" "[]"
    claim "address generation" "$(link_field vif5.0 .inet6_addr_gen_mode)" none
}

@test "guests do not drag the bridge's MAC along" {
    ip link add plain type bridge
    ip link set plain up
    local mac
    mac=$(mac_of plain)
    vif_nodes 5 0 bridge=plain
    works as_libxl vif-bridge online 5 0
    claim "MAC with a guest" "$(mac_of plain)" "$mac"
    works as_libxl vif-bridge offline 5 0
    claim "MAC without it" "$(mac_of plain)" "$mac"
}

# --- tap ------------------------------------------------------------------------------------------------------------

tap() { ip link add "vif$1.$2-emu" type veth peer name "qemu$1.$2"; }

@test "tap: add puts it on the bridge and leaves the status alone (S20)" {
    tap 5 0
    vif_nodes 5 0 mtu=1400 type=vif_ioemu
    works as_libxl vif-bridge add 5 0
    on_bridge vif5.0-emu xenbr0
    claim "MTU of the tap" "$(mtu_of vif5.0-emu)" 1400
    claim "MTU of the bridge" "$(mtu_of xenbr0)" 1500
    claim "hotplug-status" "$(status_of 5 0)" ""
}

@test "tap: remove takes it off, there or not (S21)" {
    tap 5 0
    vif_nodes 5 0 type=vif_ioemu
    works as_libxl vif-bridge add 5 0
    works as_libxl vif-bridge remove 5 0
    off_bridge vif5.0-emu
    ip link delete vif5.0-emu
    works as_libxl vif-bridge remove 5 0
}

@test "tap: a vifname gets -emu appended (S22)" {
    tap 5 0
    vif_nodes 5 0 type=vif_ioemu vifname=web0
    works as_libxl vif-bridge online 5 0
    works as_libxl vif-bridge add 5 0
    on_bridge web0 xenbr0
    on_bridge web0-emu xenbr0
    works as_libxl vif-bridge add 5 0
    works as_libxl vif-bridge remove 5 0
    off_bridge web0-emu
}

@test "tap: a vifname of more than 11 characters is refused with a reason" {
    tap 5 0
    vif_nodes 5 0 type=vif_ioemu vifname=twelve-chars
    fails 1 as_libxl vif-bridge add 5 0
    refused 5 0 twelve-chars
    exists vif5.0-emu
}

@test "tap: add without INTERFACE fails and touches nothing in the kernel (S23)" {
    vif_nodes 5 0
    net_state >/run/tmp/before
    not as_libxl vif-bridge add 5 0 INTERFACE=
    net_state >/run/tmp/after
    same "the kernel" /run/tmp/before /run/tmp/after
}

@test "online of a tap and add of a vif do nothing, successfully (S24)" {
    vif_nodes 5 0
    tap 5 0
    local words
    for words in "online type_if=tap" "offline type_if=tap" "add type_if=vif" "remove type_if=vif" "add" "remove"; do
        # shellcheck disable=SC2086 # two words
        unchanged_by call INTERFACE=vif5.0-emu -- $words
        claim "exit status of $words" "$status" 0
    done
    works env -i PATH="$PATH" "$DOM0NET_BIN/vif-bridge" add
}

# --- how it may be called -------------------------------------------------------------------------------------------

@test "words may come in any order, and unknown assignments are ignored (S25)" {
    vif_nodes 5 0
    works call -- type_if=vif vifnum=3 online
    on_bridge vif5.0 xenbr0
    connected 5 0
}

@test "an absolute XENBUS_PATH is as good as a relative one (S27)" {
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0 XENBUS_PATH="$(backend_of 5 0)"
    on_bridge vif5.0 xenbr0
    connected 5 0
    claim "the front end's MTU" "$(front_mtu)" 1500
}

@test "by hand, without a store" {
    store_stop
    works vif_bridge --no-xenstore online vif=vif5.0 bridge=xenbr0 mtu=1400
    on_bridge vif5.0 xenbr0
    claim "MTU" "$(mtu_of vif5.0)" 1400
    works vif_bridge --no-xenstore offline vif=vif5.0 bridge=xenbr0
    off_bridge vif5.0
    store_start
}

@test "--dry-run prints the plan and changes nothing" {
    vif_nodes 5 0
    unchanged_by call -- --dry-run online type_if=vif
    claim "exit status" "$status" 0
    mentions "vif5.0"
    mentions "master xenbr0"
}

@test "twenty at once: every one complete (S30)" {
    local domid
    for domid in {11..30}; do
        vif "$domid" 0
        vif_nodes "$domid" 0
    done
    local pids=() pid
    for domid in {11..30}; do
        as_libxl vif-bridge online "$domid" 0 3>&- & pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    for domid in {11..30}; do
        on_bridge "vif$domid.0" xenbr0
        connected "$domid" 0
    done
    pids=()
    for domid in {11..30}; do
        as_libxl vif-bridge offline "$domid" 0 3>&- & pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    claim "ports left" "$(ip -j link show master xenbr0 | jq length)" 0
}

@test "an unreachable store: it fails, and the vif is not half attached (S32)" {
    vif_nodes 5 0
    store_stop
    net_state >/run/tmp/before
    fails 1 as_libxl vif-bridge online 5 0
    net_state >/run/tmp/after
    store_start
    same "the kernel" /run/tmp/before /run/tmp/after
}

@test "a store that does not answer: it fails within libxl's patience, and the vif is not half attached" {
    vif_nodes 5 0
    local daemon
    daemon=$(cat /run/xenstored/pid)
    net_state >/run/tmp/before
    kill -STOP "$daemon"
    fails 1 env XENBUS_PATH=backend/vif/5/0 vif=vif5.0 timeout -s KILL 35 "$DOM0NET_BIN/vif-bridge" online type_if=vif
    kill -CONT "$daemon"
    net_state >/run/tmp/after
    same "the kernel" /run/tmp/before /run/tmp/after
}

# --- hooks and the log ----------------------------------------------------------------------------------------------

hook() {
    cat >"/etc/xen/scripts/vif-post.d/$1"
    chmod "${2:-755}" "/etc/xen/scripts/vif-post.d/$1"
}

@test "hooks run once each, in order of name, with the contract's variables (S33)" {
    hook 20-b.hook <<<$'#!/bin/sh\necho "b" >>/run/tmp/hooks'
    hook 10-a.hook <<<$'#!/bin/sh\necho "$command $dev $type_if $ip $bridge $XENBUS_PATH $vif" >>/run/tmp/hooks'
    hook 15-not.hook 644 <<<$'#!/bin/sh\necho "not" >>/run/tmp/hooks'
    hook 17-other.sh <<<$'#!/bin/sh\necho "other" >>/run/tmp/hooks'
    rm -f /run/tmp/hooks
    vif_nodes 5 0 ip=10.0.0.5
    works as_libxl vif-bridge online 5 0
    claim "what the hooks saw" "$(cat /run/tmp/hooks)" $'online vif5.0 vif 10.0.0.5 xenbr0 backend/vif/5/0 vif5.0\nb'
    connected 5 0
}

@test "a hook that fails is told to the store" {
    hook 10-a.hook <<<$'#!/bin/sh\nexit 3'
    vif_nodes 5 0
    fails 1 as_libxl vif-bridge online 5 0
    refused 5 0 10-a.hook
}

@test "what was done is told to syslog and to the log file" {
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    poll 5 grep -q "Successful vif-bridge online for vif5.0, bridge xenbr0." /run/sandbox/syslog
    grep -q "Successful vif-bridge online for vif5.0, bridge xenbr0." /var/log/xen/xen-hotplug.log
}

@test "a missing log folder does not stop it" {
    rm -rf /var/log/xen
    vif_nodes 5 0
    works as_libxl vif-bridge online 5 0
    connected 5 0
}

@test "a bridge whose MAC address somebody set is not looked at again, one that follows its ports is" {
    planned() { XENBUS_PATH=backend/vif/5/0 vif=vif5.0 vif_bridge --dry-run online; }
    vif_nodes 5 0
    works planned
    mentions "master xenbr0 up"
    not mentions "dev xenbr0"
    ip link add name xenbr7 type bridge
    vif_nodes 5 0 bridge=xenbr7
    works planned
    mentions "dev xenbr7"
}
