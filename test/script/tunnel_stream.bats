#!/usr/bin/env bats
# network-tunnel type=server and type=client, among their own kind and with real QEMUs; what happens when either goes.
# Numbers in brackets are the scenarios.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # the worlds have the names

load ../support/world.sh
load ../support/claims.bash
load tunnel_world.bash

setup() { tunnel_world 1500; }
teardown() { tunnel_world_ends; }

server() { relay hostA type=server address=192.168.77.1 port="$port"; }
client() { relay hostB type=client address=192.168.77.1 port="$port"; }

@test "server and client: nothing lost, files arrive as they were" {
    server
    client
    guests
    meet
    pings 1472
    files 100
}

@test "server and client over IPv6, link-local too" {
    relay hostA type=server address=:: port="$port"
    relay hostB type=client address=fd77::1 port="$port"
    guests
    meet
    files 20
    kill "${world_pids[-1]}"
    wait "${world_pids[-1]}" || true
    poll 5 link_local_is_ready
    local link_local
    link_local=$(ip -n hostA -6 -br address show dev u0 scope link | grep -o 'fe80[^/]*')
    relay hostB type=client address="$link_local" port="$port" dev=u0
    poll 5 counter_is hostB state connected
}

link_local_is_ready() {
    [[ $(ip -n hostA -6 address show dev u0 scope link) == *fe80* ]] &&
        [[ $(ip -n hostA -6 address show dev u0 scope link)$(ip -n hostB -6 address show dev u0 scope link) != *tentative* ]]
}

@test "jumbo guests need no jumbo underlay" {
    server
    client
    guests 9000
    meet
    pings 8972
    files 50
}

@test "our server, QEMU's client: both ways (19)" {
    needs_qemu
    server
    qemu hostB "socket,connect=192.168.77.1:$port"
    guests
    meet 10.2.0.2 10
    pings 1472
    files 100
    not grep -q oversized /run/tmp/hostB.qemu
}

@test "QEMU's server, our client: both ways (19)" {
    needs_qemu
    qemu hostA "socket,listen=192.168.77.1:$port"
    client
    guests
    meet 10.2.0.2 10
    pings 1472
    files 100
    not grep -q oversized /run/tmp/hostA.qemu
}

@test "our server, QEMU's stream client over IPv6 (20)" {
    needs_qemu
    relay hostA type=server address=fd77::1 port="$port"
    qemu hostB "stream,server=off,addr.type=inet,addr.host=fd77::1,addr.port=$port"
    guests
    meet 10.2.0.2 10
    pings 1472
    files 50
}

@test "our server, QEMU's stream client on a link that takes a few bytes at a time (26)" {
    needs_qemu
    on hostB sysctl -qw net.ipv4.tcp_rmem="4096 4096 4096"
    on hostA sysctl -qw net.ipv4.tcp_wmem="4096 4096 4096"
    server
    qemu hostB "stream,server=off,addr.type=inet,addr.host=192.168.77.1,addr.port=$port"
    guests
    meet 10.2.0.2 10
    file guestA guestB 10.2.0.2 10
    not grep -q oversized /run/tmp/hostB.qemu
}

@test "a client waits for its server, and is there two seconds after it (22)" {
    client
    claim "state" "$(counter hostB state)" connecting
    timeout 3 tail -f /dev/null || true # so that the client has waited its longest pause
    server
    local begin=${EPOCHREALTIME/./}
    poll 4 counter_is hostB state connected
    ((${EPOCHREALTIME/./} - begin < 2300000))
}

@test "the server is killed and started again: the client is back, and traffic flows (22)" {
    server
    client
    guest hostB guestB 2
    poll 5 counter_is hostB state connected
    local round
    for round in 1 2 3; do
        kill -KILL "${world_pids[0]}"
        wait "${world_pids[0]}" || true
        poll 5 counter_is hostB state connecting
        relay hostA type=server address=192.168.77.1 port="$port"
        world_pids[0]=${world_pids[-1]}
        unset 'world_pids[-1]'
        poll 5 counter_is hostB state connected
        claim "reconnects" "$(counter hostB reconnects)" "$round"
    done
    guest hostA guestA 1
    meet
    files 5
}

@test "the client is killed and started again: the server has forgotten the old one (22)" {
    server
    client
    guests
    meet
    kill -KILL "${world_pids[-1]}"
    wait "${world_pids[-1]}" || true
    poll 5 counter_is hostA peers "[]"
    client
    guest hostB guestB 2
    ip -n guestA neighbour flush dev xt0 # the new tap has another address
    meet
    pings 1000
}

@test "a connection whose other end is silent is noticed (22)" {
    server
    client
    poll 5 counter_is hostB state connected
    ip -n hostA link set u0 down
    poll 20 counter_is hostA peers "[]"
    poll 20 counter_is hostB state connecting
    ip -n hostA link set u0 up
    poll 5 counter_is hostB state connected
}

@test "our relay's own tap as the slow side: its server lives, and goes on afterwards (25)" {
    server
    client
    guests
    meet
    ip -n guestB link set xt0 down
    on guestA timeout 3 ping -q -f -s 1400 10.2.0.2 >/run/tmp/ignored || true
    ip -n guestB link set xt0 up
    meet
    pings 1000
}

@test "a server that sends malformed streams: our client hangs up and comes again (23, 24)" {
    background ip netns exec hostA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" hostile-server 192.168.77.1 "$port" /run/tmp/hostB.status
    local server=${world_pids[-1]}
    client
    guest hostB guestB 2
    wait "$server"
}

@test "VLAN tags pass bit by bit (15)" {
    server
    client
    guests
    meet
    on guestB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" hear-frame xt0 88b5 >/run/tmp/frame &
    poll 5 grep -q ready /run/tmp/frame
    local rest
    rest=$(printf '%0120d' 7)
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" send-frame xt0 "0200000000020200000000018100200788b5$rest"
    wait $!
    claim "frame, its tag taken off by the guest's interface" "$(tail -n 1 /run/tmp/frame)" "02000000000202000000000188b5$rest"
}
