#!/usr/bin/env bats
# Whom a program talks to may be gone, full or somebody else's: the work is done all the same.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() { world_reset; }

# into_closed_pipe COMMAND...: with stdout and stderr a pipe that nobody reads any more; the exit status.
into_closed_pipe() {
    python3 -c '
import os, signal, subprocess, sys
reading, writing = os.pipe()
os.close(reading)
sys.exit(subprocess.call(sys.argv[1:], stdout=writing, stderr=writing))' "$@"
}

@test "start and stop into a closed pipe are done, successfully (S8)" {
    plain_host
    into_closed_pipe "$DOM0NET_BIN/network-bridge" start
    claim "master of eth0" "$(master_of eth0)" xenbr0
    into_closed_pipe "$DOM0NET_BIN/network-bridge" stop
    claim "master of eth0" "$(master_of eth0)" ""
}

@test "what vif-bridge refuses into a closed pipe is told to Xen (S8)" {
    vif 5 0
    vif_nodes 5 0 bridge=nowhere
    status=0
    XENBUS_PATH=backend/vif/5/0 vif=vif5.0 into_closed_pipe "$DOM0NET_BIN/vif-bridge" online type_if=vif || status=$?
    claim "exit status" "$status" 1
    refused 5 0 nowhere
}

@test "without stdin, stdout and stderr a program does its work and touches nothing else (S14)" {
    plain_host
    "$DOM0NET_BIN/network-bridge" start <&- >&- 2>&-
    claim "master of eth0" "$(master_of eth0)" xenbr0
    bridge xenbr1
    vif 5 0
    vif_nodes 5 0 bridge=xenbr1
    XENBUS_PATH=backend/vif/5/0 vif=vif5.0 "$DOM0NET_BIN/vif-bridge" online type_if=vif <&- >&- 2>&-
    claim "hotplug-status" "$(status_of 5 0)" connected
    "$DOM0NET_BIN/network-bridge" stop <&- >&- 2>&-
    claim "master of eth0" "$(master_of eth0)" ""
}

# A socket that nobody reads, as full as it gets, in the place of syslog's.
fill_syslog() {
    python3 -c '
import os, socket, sys
os.rename("/dev/log", "/dev/log.before")
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
full = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
full.connect("/dev/log")
full.setblocking(False)
try:
    while True:
        full.send(b"x")
except BlockingIOError:
    print("full", flush=True)
sys.stdin.read()
os.rename("/dev/log.before", "/dev/log")'
}

@test "a syslog that is full and that nobody reads is not waited for (S9)" {
    plain_host
    bridge xenbr1
    vif 5 0
    vif_nodes 5 0 bridge=xenbr1
    coproc fill_syslog
    local answer filler=$COPROC_PID to=${COPROC[1]}
    read -r answer <&"${COPROC[0]}"
    claim "the socket" "$answer" full
    timeout 20 env XENBUS_PATH=backend/vif/5/0 vif=vif5.0 "$DOM0NET_BIN/vif-bridge" online type_if=vif
    claim "hotplug-status" "$(status_of 5 0)" connected
    timeout 20 "$DOM0NET_BIN/network-bridge" start
    timeout 20 "$DOM0NET_BIN/network-bridge" stop
    eval "exec $to>&-"
    wait "$filler"
}

@test "stderr that is full and that nobody reads is not waited for for ever (S9)" {
    bridge xenbr1
    vif 5 0
    vif_nodes 5 0 bridge=nowhere
    python3 -c '
import os, subprocess, sys
reading, writing = os.pipe()
os.set_blocking(writing, False)
try:
    while True:
        os.write(writing, b"x" * 4096)
except BlockingIOError:
    os.set_blocking(writing, True)
sys.exit(subprocess.call(sys.argv[1:], stdout=writing, stderr=writing) != 1)' \
        timeout 20 env XENBUS_PATH=backend/vif/5/0 vif=vif5.0 "$DOM0NET_BIN/vif-bridge" online type_if=vif
    refused 5 0 nowhere
}

# put_program FOLDER NAME: it leaves a file behind when it is run.
put_program() {
    mkdir -p "$1"
    printf '#!/bin/sh\necho "$0" >>/run/tmp/ran\n' >"$1/$2"
    chmod +x "$1/$2"
}

@test "a file called systemctl or busctl in the caller's folder, or first in PATH, is not run (S1)" {
    plain_host
    mkdir -p /run/systemd/system
    put_program /run/tmp/mine systemctl
    put_program /run/tmp/mine busctl
    rm -f /run/tmp/ran
    local path
    for path in "$PATH" ".:$PATH" ":/run/tmp/mine:$PATH"; do
        (cd /run/tmp/mine && PATH=$path network_bridge start --confirm 60)
        (cd /run/tmp/mine && PATH=$path "$DOM0NET_BIN/network-tunnel" start name=lab type=mcast \
            address=230.0.0.1 port=5558 dev=xenbr0 || true)
        "$DOM0NET_BIN/network-tunnel" stop name=lab || true
        works dom0net rollback
    done
    claim "programs of the caller's that ran" "$(cat /run/tmp/ran 2>/dev/null)" ""
    # shellcheck disable=SC2046 # numbers, of the sandbox's own processes
    kill -KILL $(pgrep -x dom0net-revert)
    rm -r /run/systemd
}

@test "what is logged arrives at syslog as ever" {
    not network_bridge start netdev=nowhere
    poll 3 grep -qE '^<27>[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} network-bridge: .*nowhere' /run/sandbox/syslog
}
