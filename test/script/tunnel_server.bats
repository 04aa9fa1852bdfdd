#!/usr/bin/env bats
# network-tunnel type=server against clients that a real one would not be. Numbers in brackets are the scenarios.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # the worlds have the names

load ../support/world.sh
load ../support/claims.bash
load tunnel_world.bash

setup() { tunnel_world; }
teardown() { tunnel_world_ends; }

# serves SCENARIO [WORD...]: a server with these words, and the scenario on the other host.
serves() {
    relay hostA type=server address=192.168.77.1 port="$port" "${@:2}"
    against "$1"
}

against() { on hostB timeout 60 python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" "$1" "${2:-192.168.77.1}" "$port" /run/tmp/hostA.status; }

@test "a server is a learning switch: split horizon, stations that move, stations that leave (21, 27)" {
    serves switch
}

@test "a server is a learning switch over IPv6 too (20)" {
    relay hostA type=server address=fd77::1 port="$port"
    against switch fd77::1
}

@test "VLAN tags, LLDP and STP pass bit by bit (15)" {
    serves tags
}

@test "a stream decodes alike however it is cut (24)" {
    serves cuts
}

@test "a malformed stream costs its sender the connection, and nobody else anything (23)" {
    serves hostile stall=2
}

@test "random streams do no harm (13, 23)" {
    serves fuzz floods=0
}

@test "a client that does not read loses its own frames only, and goes on in whole frames (25)" {
    serves slow-reader queue=256
}

@test "a link that takes a few bytes at a time never breaks a frame (26)" {
    serves tiny-buffer
}

@test "a hundred thousand made-up stations fill their client's own share only (27)" {
    serves spoofed macs=4096 floods=0
}

@test "a silent station is forgotten in time (27)" {
    serves ageing ageing=1
}

@test "fifty clients: once each, in less than 32 MB (21)" {
    serves crowd
}

@test "one client too many is refused (29)" {
    serves limits clients=3
}

@test "who is not on the list is refused, who is on it is served (29)" {
    serves refused allow=192.168.78.0/24,fd00::/8
    tunnel_world_ends
    tunnel_world
    serves switch allow=10.0.0.0/8,192.168.77.2
}

@test "a server is reachable at its own address only (29)" {
    ip -n hostA address add 192.168.77.9/24 dev u0
    relay hostA type=server address=192.168.77.1 port="$port"
    against unreachable 192.168.77.9
    against unreachable fd77::1
}

@test "two clients joined behind its back: the storm is limited (28)" {
    serves loop floods=1000
}

@test "an idle server with fifty clients uses no processor time" {
    relay hostA type=server address=192.168.77.1 port="$port"
    background ip netns exec hostB python3 -c '
import socket, time
held = [socket.create_connection(("192.168.77.1", 5558)) for _ in range(50)]
time.sleep(60)'
    poll 5 fifty_are_there
    local pid before
    pid=$(counter hostA pid)
    before=$(ticks_of "$pid")
    # Keepalive probes are the kernel's affair; three seconds of waiting are what is measured here.
    timeout 3 tail -f /dev/null || true
    claim "ticks used" "$(($(ticks_of "$pid") - before))" 0
}

fifty_are_there() {
    [[ $("$DOM0NET_BIN/network-tunnel" status --socket /run/tmp/hostA.status | grep -c "peer ") == 50 ]]
}

ticks_of() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
