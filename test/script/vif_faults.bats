#!/usr/bin/env bats
# What must never happen to a host or a guest, whatever a call, the store or the kernel does.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash
load ../support/routed.bash

setup_file() { store_start; }
teardown_file() {
    pkill -CONT -F /run/xenstored/pid 2>/dev/null || true
    store_stop
}

setup() {
    world_reset
    bridge xenbr0
    vif 5 0
}

host_on_bridge() {
    wire eth0
    ip address add 192.0.2.2/24 dev eth0
    ip link set eth0 master xenbr0
    poll 5 is_operational xenbr0
}

# --- whose device it is ---------------------------------------------------------------------------------------------

@test "a vifname that is the name of the host's card: refused by online, and offline and remove leave the card alone" {
    local script command
    host_on_bridge
    vif_nodes 5 0 vifname=eth0
    for script in vif-bridge vif-route vif-nat; do
        net_state >/run/tmp/before
        fails 1 as_libxl "$script" online 5 0 netdev=eth0
        net_state >/run/tmp/after
        same "the network" /run/tmp/before /run/tmp/after
        refused 5 0 "An interface with name eth0 already exists"
    done
    ip link delete vif5.0
    for script in vif-bridge vif-route vif-nat; do
        for command in offline remove; do
            unchanged_by as_libxl "$script" "$command" 5 0
            claim "$script $command" "$status $said" "0 "
        done
    done
}

# others_of_the_host: a card with another name, a bridge, and two guests, one of whom has a name of his own.
others_of_the_host() {
    host_on_bridge
    ip link property add dev eth0 altname enp3s0
    vif 6 0
    vif_nodes 6 0 ip=10.0.0.6
    works as_libxl vif-bridge online 6 0
    vif 7 0
    vif_nodes 7 0 vifname=web0 ip=10.0.0.7
    works as_libxl vif-bridge online 7 0
    ip link delete vif5.0
}

@test "a vifname of whatever is not the guest's (a card's other name, a bridge, lo, other guests, all): no program touches it (S15, S16)" {
    local script command name
    others_of_the_host
    net_state >/run/tmp/before
    nft list ruleset >/run/tmp/rules.before
    for name in eth0 enp3s0 xenbr0 lo vif6.0 web0 all default . ..; do
        vif_nodes 5 0 "vifname=$name"
        for script in vif-bridge vif-route vif-nat; do
            for command in offline remove; do
                works as_libxl "$script" "$command" 5 0
                works as_libxl "$script" "$command" 5 0 "vif=vif5.0" "INTERFACE=vif5.0-emu"
            done
        done
    done
    net_state >/run/tmp/after
    nft list ruleset >/run/tmp/rules.after
    same "the network" /run/tmp/before /run/tmp/after
    same "the rules" /run/tmp/rules.before /run/tmp/rules.after
}

@test "the same on the way up: refused in a sentence, and nothing has changed (S15, S16)" {
    local script command name
    others_of_the_host
    vif 5 0
    tap vif5.0-emu
    ip link add eth0-emu type veth peer name eth0-q # what add of a tap would be called
    poll 5 is_operational eth0
    net_state >/run/tmp/before
    for name in eth0 enp3s0 xenbr0 lo vif6.0 web0 all default . ..; do
        vif_nodes 5 0 "vifname=$name"
        for script in vif-bridge vif-route vif-nat; do
            not works as_libxl "$script" online 5 0 netdev=eth0
            net_state >/run/tmp/after
            same "the network after $script online with vifname=$name" /run/tmp/before /run/tmp/after
            claim "$script online, vifname=$name: Xen is told" "$(status_of 5 0)" error
            [[ -n $(error_of 5 0) ]]
        done
    done
    vif_nodes 5 0 vifname=eth0
    fails 1 as_libxl vif-bridge add 5 0
    net_state >/run/tmp/after
    same "the network after add" /run/tmp/before /run/tmp/after
}

@test "a vifname of a card with -emu at its end: remove of the tap leaves it alone" {
    ip link add name lan0-emu type veth peer name lan1
    ip link set lan0-emu up master xenbr0
    vif_nodes 5 0 vifname=lan0
    poll 5 is_up lan0-emu
    unchanged_by as_libxl vif-bridge remove 5 0
    claim "exit status" "$status" 0
}

@test "a path and a name of two interfaces are refused" {
    vif 6 0
    vif_nodes 5 0
    vif_nodes 6 0
    net_state >/run/tmp/before
    fails 2 as_libxl vif-bridge online 5 0 vif=vif6.0
    mentions "XENBUS_PATH=backend/vif/5/0 and vif=vif6.0 are not the same interface"
    fails 2 as_libxl vif-bridge offline 5 0 vif=vif6.0
    fails 2 as_libxl vif-bridge remove 5 0 INTERFACE=vif6.0-emu
    net_state >/run/tmp/after
    same "the network" /run/tmp/before /run/tmp/after
}

@test "a name that is no vif's, beside a path: nothing shows that it is the guest's, and it is left alone" {
    host_on_bridge
    vif_nodes 5 0
    ip link delete vif5.0
    net_state >/run/tmp/before
    fails 1 as_libxl vif-bridge online 5 0 vif=eth0
    mentions "eth0 is not the interface of this guest"
    works as_libxl vif-bridge offline 5 0 vif=eth0
    net_state >/run/tmp/after
    same "the network" /run/tmp/before /run/tmp/after
}

@test "a vif that udev calls by its new name goes down" {
    vif_nodes 5 0 vifname=web0
    works as_libxl vif-bridge online 5 0
    works as_libxl vif-bridge offline 5 0 vif=web0
    not is_up web0
    claim "master" "$(master_of web0)" ""
}

@test "an emulated card may be called as Xen 4.1 and XAPI call it" {
    vif_nodes 5 0
    tap tap5.0
    works as_libxl vif-bridge add 5 0 INTERFACE=tap5.0
    claim "master" "$(master_of tap5.0)" xenbr0
    works as_libxl vif-bridge remove 5 0 INTERFACE=tap5.0
    claim "master" "$(master_of tap5.0)" ""
}

# --- the store ------------------------------------------------------------------------------------------------------

@test "online of a back end that is not in the store: an error, nothing changed, nothing made anew" {
    vif_nodes 5 0 ip=10.0.0.5
    xenstore-rm "$(backend_of 5 0)"
    unchanged_by as_libxl vif-bridge online 5 0
    claim "exit status" "$status" 1
    mentions "backend/vif/5/0 is not in xenstore"
    mentions "could not be told to Xen"
}

@test "a back end that goes while online is at work: undone, and not made anew" {
    vif_nodes 5 0 ip=10.0.0.5
    mkdir -p /etc/xen/scripts/vif-post.d
    printf '#!/usr/bin/env bash\nxenstore-rm %s\n' "$(backend_of 5 0)" >/etc/xen/scripts/vif-post.d/10.hook
    chmod 755 /etc/xen/scripts/vif-post.d/10.hook
    fails 1 as_libxl vif-bridge online 5 0
    mentions "no longer in xenstore"
    not xenstore-exists "$(backend_of 5 0)"
    not is_up vif5.0
    claim "filters" "$(find /run/dom0net/filters -type f | wc -l)" 0
}

# eight COMMAND...: eight calls at once, for eight vifs; each ends with status 1 within ten seconds and says why.
eight() {
    local number pids=() pid
    for number in {0..7}; do
        env XENBUS_PATH="backend/vif/5/$number" "vif=vif5.$number" timeout -s KILL 12 "$DOM0NET_BIN/vif-bridge" "$1" type_if=vif \
            </dev/null >"/run/tmp/said.$number" 2>&1 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        local status=0
        wait "$pid" || status=$?
        claim "exit status" "$status" 1
    done
    for number in {0..7}; do grep -q "xenstored does not answer" "/run/tmp/said.$number"; done
}

vifs() {
    local number
    vif_nodes 5 0
    for number in {1..7}; do
        vif 5 "$number"
        vif_nodes 5 "$number"
    done
}

@test "a store that is stopped, eight calls at once: each gives up in time, says why, and nothing is half done" {
    vifs
    net_state >/run/tmp/before
    kill -STOP "$(cat /run/xenstored/pid)"
    eight online
    eight offline
    kill -CONT "$(cat /run/xenstored/pid)"
    net_state >/run/tmp/after
    same "the network" /run/tmp/before /run/tmp/after
    grep -q "xenstored does not answer" /var/log/xen/xen-hotplug.log
}

@test "a store that accepts and never answers, eight calls at once: the same" {
    vifs
    store_stop
    mkdir -p /run/xenstored
    socat -u "UNIX-LISTEN:/run/xenstored/socket,fork,backlog=20" "OPEN:/dev/null" 3>&- </dev/null >/dev/null 2>&1 &
    local silent=$!
    poll 5 test -S /run/xenstored/socket
    eight online
    kill "$silent"
    rm -f /run/xenstored/socket
    store_start
    not is_up vif5.0
}

# A message of the store's is 16 bytes and what they announce; each byte comes a second after the other.
@test "a store that answers a byte a second, eight calls at once: the same" {
    vifs
    store_stop
    mkdir -p /run/xenstored
    cat >/run/tmp/slowly <<'END'
#!/bin/bash
while printf x; do read -r -t 1 <>/run/tmp/nothing; done
END
    chmod 755 /run/tmp/slowly
    mkfifo /run/tmp/nothing
    net_state >/run/tmp/before
    socat "UNIX-LISTEN:/run/xenstored/socket,fork,backlog=20" SYSTEM:/run/tmp/slowly 3>&- </dev/null >/dev/null 2>&1 &
    local slow=$!
    poll 5 test -S /run/xenstored/socket
    eight online
    kill "$slow"
    rm -f /run/xenstored/socket /run/tmp/nothing
    store_start
    net_state >/run/tmp/after
    same "the network" /run/tmp/before /run/tmp/after
}

@test "a store that does not answer: a guest goes down all the same, within ten seconds, and that is said (F17, S13)" {
    vif_nodes 5 0 ip=10.0.0.5
    works as_libxl vif-bridge online 5 0
    kill -STOP "$(cat /run/xenstored/pid)"
    fails 1 timeout -s KILL 12 env XENBUS_PATH=backend/vif/5/0 vif=vif5.0 "$DOM0NET_BIN/vif-bridge" offline type_if=vif
    kill -CONT "$(cat /run/xenstored/pid)"
    mentions "xenstored does not answer"
    not is_up vif5.0
    claim "master" "$(master_of vif5.0)" ""
    claim "filters" "$(find /run/dom0net/filters -type f | wc -l)" 0
}

# --- the kernel -----------------------------------------------------------------------------------------------------

@test "vlan= on a kernel without VLAN filtering: one sentence, nothing changed" {
    ! knows_vlans xenbr0 || skip "this kernel keeps VLANs apart"
    mkdir -p /etc/xen && echo '{"switch-vlan-filtering-on": true}' >/etc/xen/dom0net.json
    vif_nodes 5 0 vlan=10
    net_state >/run/tmp/before
    fails 1 as_libxl vif-bridge online 5 0
    net_state >/run/tmp/after
    same "the network" /run/tmp/before /run/tmp/after
    refused 5 0 "this kernel's bridges do not keep VLANs apart"
    [[ $said != *"could not undo"* ]]
}
