#!/usr/bin/env bats
# network-tunnel type=mcast and type=udp, among its own kind, with real QEMUs and with raw sockets. Numbers in brackets
# are the scenarios.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # the worlds have the names

load ../support/world.sh
load ../support/claims.bash
load tunnel_world.bash

teardown() { tunnel_world_ends; }

member() { relay "$1" type=mcast address="$group" port="$port" dev=u0 "${@:2}"; }

# hearing HOST SECONDS: starts to write the sizes and source ports of what the group hears on u0 to /run/tmp/heard.
hearing() {
    background ip netns exec "$1" python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" hear "$group" "$port" "$(own_address "$1")" "$2" >/run/tmp/heard
    poll 15 grep -q ready /run/tmp/heard
}

own_address() { case $1 in hostA) echo 192.168.77.1 ;; hostB) echo 192.168.77.2 ;; esac; }

inject() { on hostB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" datagrams "$group" "$port" 192.168.77.2 "$@"; }

@test "two hosts: nothing lost, files arrive as they were, IPv6 works (1)" {
    tunnel_world 1600
    member hostA
    member hostB
    guests
    meet
    pings 1472
    files 100
    works on guestA ping -6 -c 3 -i 0.1 fd10::2
    claim "fragmenting" "$(counter hostA fragmenting)" False
}

@test "fragments on an underlay of 1500: it works, and status says so (11)" {
    tunnel_world 1500
    member hostA
    member hostB
    guests
    meet
    pings 1472
    files 20
    # The tap is in the guest, where the relay cannot look: a tap that stays says what it would cost.
    ip netns add hostC
    ip link add u0 netns hostC mtu 1500 type veth peer name c0 netns hostB
    ip -n hostC address add 192.168.77.3/24 dev u0
    ip -n hostC link set u0 up
    background ip netns exec hostC "$DOM0NET_BIN/network-tunnel" run tap=xt1 --socket /run/tmp/hostC.status user=root type=mcast address="$group" port="$port" dev=u0
    poll 5 asks hostC
    claim "fragmenting" "$(counter hostC fragmenting)" True
    said=$("$DOM0NET_BIN/network-tunnel" status --socket /run/tmp/hostC.status)
    mentions "mtu=1458 avoids it"
}

@test "with a guest MTU of 1458 nothing is fragmented on an underlay of 1500 (11)" {
    tunnel_world 1500
    member hostA
    member hostB
    guests 1458
    meet
    pings 1430
    files 20
    claim "fragments made on host A" "$(fragments_made hostA)" 0
    claim "fragments made on host B" "$(fragments_made hostB)" 0
}

fragments_made() { on "$1" awk '/^Ip: [0-9]/ { print $(NF) + 0 == 0 ? 0 : $19 }' /proc/net/snmp; }

@test "jumbo frames on a jumbo underlay (11)" {
    tunnel_world 9042
    member hostA
    member hostB
    guests 9000
    meet
    pings 8972
    files 50
    claim "fragments made" "$(fragments_made hostA)" 0
}

@test "with a real QEMU: both ways, as if it were our own (2)" {
    needs_qemu
    tunnel_world
    member hostA
    qemu hostB "socket,mcast=$group:$port,localaddr=192.168.77.2"
    guests
    meet 10.2.0.2 10
    pings 1472
    files 100
    claim "frames that were too short" "$(counter hostA runts)" 0
}

@test "with a real QEMU over type=udp, both ways (14)" {
    needs_qemu
    tunnel_world
    relay hostA type=udp address=192.168.77.2 port=5558 local=192.168.77.1:5559
    qemu hostB "socket,udp=192.168.77.1:5559,localaddr=192.168.77.2:5558"
    guests
    meet 10.2.0.2 10
    pings 1472
    files 50
}

@test "type=udp: the interface goes and returns (9)" {
    tunnel_world
    relay hostA type=udp address=192.168.77.2 port=5558 local=192.168.77.1:5559 dev=u0
    relay hostB type=udp address=192.168.77.1 port=5559 local=192.168.77.2:5558
    guests
    meet
    ip -n hostA link delete u0
    poll 5 counter_is hostA state "waiting for the underlay"
    ip link add u0 netns hostA mtu 1600 type veth peer name u0 netns hostB mtu 1600
    address_of hostB 2
    address_of hostA 1
    meet 10.2.0.2 5
    pings 1000
}

@test "type=udp over IPv6, and from nobody else" {
    tunnel_world
    relay hostA type=udp address=fd77::2 port=5558 "local=[fd77::1]:5559"
    relay hostB type=udp address=fd77::1 port=5559 "local=[fd77::2]:5558"
    guests
    meet
    files 50
    local before
    before=$(counter hostA frames_in)
    on hostB python3 -c 'import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(bytes(60), ("fd77::1", 5559))'
    meet
    claim "runts and strangers" "$(counter hostA runts)" 0
    (($(counter hostA frames_in) < before + 20))
}

# uml HOST: a user-mode-linux of an ordinary user, at 10.2.0.9, which waits for a file and prints its md5.
uml() {
    mkdir -m 777 /run/tmp/uml
    cat >/run/tmp/uml/init <<END
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc none /proc
ip link set lo up
ip address add 10.2.0.9/24 dev eth0
ip link set eth0 up
echo "md5 \$(python3 '$BATS_TEST_DIRNAME/tunnel_peers.py' receive-file 7000)"
while :; do sleep 1; done
END
    chmod 755 /run/tmp/uml/init
    ip -n "$1" route add 224.0.0.0/4 dev u0 # user-mode-linux leaves the choice to the routing table
    background ip netns exec "$1" setpriv --reuid 1000 --regid 1000 --clear-groups \
        env HOME=/run/tmp/uml TMPDIR=/run/tmp/uml linux.uml mem=128M root=/dev/root rootfstype=hostfs ro \
        init=/run/tmp/uml/init con0=fd:0,fd:1 con=null quiet "eth0=mcast,fe:fd:00:00:00:09,$group,$port,1" \
        >/run/tmp/uml/log 2>&1 </dev/null
}

@test "with a user-mode-linux of an ordinary user: pings and a file (3)" {
    command -v linux.uml >/dev/null || skip "user-mode-linux is not installed"
    tunnel_world
    member hostA
    guest hostA guestA 1
    uml hostB
    meet 10.2.0.9 30
    works on guestA ping -c 5 -i 0.1 -s 1472 10.2.0.9
    poll 10 on guestA timeout 30 python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" send-file 10.2.0.9 7000 20 >/run/tmp/sent
    poll 10 grep -q "md5 $(cat /run/tmp/sent)" /run/tmp/uml/log
}

@test "own frames never come back, and a guest's duplicate address detection succeeds (5)" {
    tunnel_world
    member hostA
    guest hostA guestA 1
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" count-shouts xt0 2 >/run/tmp/counted &
    local counting=$!
    poll 5 grep -q ready /run/tmp/counted
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout xt0 7 1000
    wait "$counting"
    claim "own frames that came back" "$(grep -c ' ' /run/tmp/counted || true)" 0
    counter_above hostA own_filtered 0
    claim "frames to the tap" "$(counter hostA frames_in)" 0
    ip -n guestA address add fd10::99/64 dev xt0
    poll 5 dad_is_over
    said=$(ip -n guestA address show dev xt0)
    not grep -q dadfailed <<<"$said"
}

dad_is_over() { ! ip -n guestA address show dev xt0 | grep -q tentative; }

@test "loop=no: nobody on this host hears us, others do (10)" {
    tunnel_world
    member hostA loop=no
    guest hostA guestA 1
    hearing hostA 2
    local deaf=${world_pids[-1]}
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout xt0 7 100
    wait "$deaf"
    claim "heard on this host" "$(grep -c '^60 ' /run/tmp/heard || true)" 0
    hearing hostB 2
    local listening=${world_pids[-1]}
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout xt0 7 100
    wait "$listening"
    claim "heard on the other" "$(grep -c '^60 ' /run/tmp/heard)" 100
}

@test "four members, three of them on one host: everybody hears everybody else exactly once (4, 6)" {
    needs_qemu
    tunnel_world
    member hostB
    guest hostB guestB 2
    local n
    for n in 1 2 3; do
        if ((n == 1)); then member hostA; else qemu hostA "socket,mcast=$group:$port,localaddr=192.168.77.1"; fi
        poll 10 ip -n hostA link show xt0 >/run/tmp/ignored 2>&1
        ip -n hostA link set xt0 name "xt$n" netns guestA
        ip -n guestA link set "xt$n" up
    done
    declare -A counting
    for n in 1 2 3; do
        on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" count-shouts "xt$n" 4 >"/run/tmp/counted$n" &
        counting[$n]=$!
    done
    on guestB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" count-shouts xt0 4 >/run/tmp/counted4 &
    counting[4]=$!
    for n in 1 2 3 4; do poll 5 grep -q ready "/run/tmp/counted$n"; done
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout xt1 11 1000
    on guestB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout xt0 14 1000
    for n in 1 2 3 4; do wait "${counting[$n]}"; done
    claim "our relay hears the other host" "$(tail -n +2 /run/tmp/counted1)" "14 1000 1000"
    claim "the other host hears our relay" "$(tail -n +2 /run/tmp/counted4)" "11 1000 1000"
    for n in 2 3; do
        claim "QEMU $n hears both" "$(tail -n +2 /run/tmp/counted$n)" $'11 1000 1000\n14 1000 1000'
    done
}

@test "only the chosen interface is used, and no default route is needed (9)" {
    tunnel_world
    ip link add u1 netns hostA type veth peer name u1 netns hostB
    ip -n hostA address add 192.168.78.1/24 dev u1
    ip -n hostB address add 192.168.78.2/24 dev u1
    ip -n hostA link set u1 up
    ip -n hostB link set u1 up
    member hostA
    # Another program on host A joins the same group on u1: with the kernel's default we would hear that too.
    background ip netns exec hostA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" hear "$group" "$port" 192.168.78.1 30 >/run/tmp/other
    poll 5 grep -q ready /run/tmp/other
    on hostB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" numbered "$group" "$port" 192.168.78.2 100
    poll 5 grep -q '^60 ' /run/tmp/other
    claim "frames from the wrong interface" "$(counter hostA frames_in)" 0
    inject 60
    poll 5 counter_is hostA frames_in 1
    guest hostA guestA 1
    local address ears=()
    for address in 192.168.77.2 192.168.78.2; do
        background ip netns exec hostB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" hear "$group" "$port" "$address" 2 >"/run/tmp/heard.$address"
        ears+=("${world_pids[-1]}")
        poll 5 grep -q ready "/run/tmp/heard.$address"
    done
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout xt0 7 100
    wait "${ears[@]}"
    claim "frames on the chosen interface" "$(grep -c '^60 ' /run/tmp/heard.192.168.77.2)" 100
    claim "frames on the other" "$(grep -c '^60 ' /run/tmp/heard.192.168.78.2 || true)" 0
    said=$(on hostA cat /proc/net/igmp)
    local joined
    joined=$(awk '/^[0-9]/ { dev = $2 } /010000E6/ { print dev }' <<<"$said" | sort | tr '\n' ' ')
    claim "interfaces that joined the group" "$joined" "u0 u1 "
}

@test "the interface goes and returns: the group is joined again (9)" {
    tunnel_world
    member hostA
    member hostB
    guests
    meet
    ip -n hostA link delete u0
    poll 5 counter_is hostA state "waiting for the underlay"
    ip link add u0 netns hostA mtu 1600 type veth peer name u0 netns hostB mtu 1600
    address_of hostA 1
    address_of hostB 2
    meet 10.2.0.2 5
    counter_above hostA reconnects 0
    claim "state" "$(counter hostA state)" joined
}

@test "the interface returns a moment before its address does: the group is joined again (9)" {
    tunnel_world
    member hostA
    ip -n hostA link delete u0
    poll 5 counter_is hostA state "waiting for the underlay"
    ip link add u0 netns hostA mtu 1600 type veth peer name u0 netns hostB mtu 1600
    ip -n hostA link set u0 up
    address_of hostB 2
    address_of hostA 1
    poll 5 counter_is hostA state joined
    inject 60
    poll 5 counter_is hostA frames_in 1
}

@test "the group is left at the end, and joined on the right interface (18)" {
    tunnel_world
    member hostA
    claim "joined" "$(joined_on hostA)" "u0"
    kill "${world_pids[-1]}"
    wait "${world_pids[-1]}"
    claim "left" "$(joined_on hostA)" ""
    not ip -n hostA link show xt0 2>/run/tmp/ignored
    [[ ! -e /run/tmp/hostA.status ]]
}

# snooping_switch: between the hosts is a bridge that asks for members each second and forgets who did not answer for two
# and a half, instead of each two minutes and four. With version 2 of the protocol members keep silent when they hear
# another's answer, and this bridge lets them hear it.
snooping_switch() {
    local side
    ip netns add switch
    ip -n switch link add br0 type bridge mcast_snooping 1 mcast_querier 1 mcast_igmp_version 3 mcast_query_interval 100 \
        mcast_startup_query_interval 100 mcast_query_response_interval 50 mcast_membership_interval 250 \
        mcast_last_member_interval 20
    ip -n switch link set br0 up
    ip -n hostA link delete u0
    for side in A B C; do
        [[ -e /run/netns/host$side ]] || ip netns add "host$side"
        ip link add u0 netns "host$side" type veth peer name "port$side" netns switch
        ip -n switch link set "port$side" master br0 up
    done
    address_of hostA 1
    address_of hostB 2
    ip -n hostC link set u0 up
}

members_of_switch() { command bridge -n switch mdb show dev br0 | grep -o "port port[A-Z] grp $group" | sort -u | wc -l; }
only_members_hear() {
    local before
    before=$(on hostC cat /sys/class/net/u0/statistics/rx_bytes)
    pings 1000 && (($(on hostC cat /sys/class/net/u0/statistics/rx_bytes) - before < 20000))
}
switch_knows() { [[ $(members_of_switch) == "$1" ]]; }

@test "a switch that snoops and asks keeps the members for longer than it remembers, and hears of who leaves (18)" {
    tunnel_world
    snooping_switch
    member hostA
    member hostB
    guests
    meet
    poll 5 switch_knows 2
    timeout 6 tail -f /dev/null || true # more than two of the switch's memories
    claim "members that the switch knows" "$(members_of_switch)" 2
    poll 10 only_members_hear
    ends "${world_pids[@]: -1}"
    poll 2 switch_knows 1
}

@test "rejoin= reminds the switches, and nobody misses it (18)" {
    tunnel_world
    member hostA rejoin=1
    background ip netns exec hostB timeout 20 tcpdump -l -n -i u0 igmp and src 192.168.77.1 >/run/tmp/igmp 2>/run/tmp/dump.err
    poll 5 grep -q listening /run/tmp/dump.err
    poll 20 reminded
    claim "joined" "$(joined_on hostA)" "u0"
    inject 60
    poll 5 counter_is hostA frames_in 1
}

# A group that is joined once is reported twice.
reminded() { (($(grep -c "igmp v3 report" /run/tmp/igmp) >= 6)); }

joined_on() { on "$1" awk '/^[0-9]/ { dev = $2 } /010000E6/ { print dev }' /proc/net/igmp; }

@test "empty, short and giant datagrams do no harm (12)" {
    tunnel_world 1600
    member hostA
    guest hostA guestA 1
    inject 0 1 13 14 65507 60
    poll 5 counter_is hostA frames_in 3
    claim "empty" "$(counter hostA empty)" 1
    claim "runts" "$(counter hostA runts)" 2
    inject 60
    poll 5 counter_is hostA frames_in 4
}

@test "no empty datagram is ever sent, and frames that UDP cannot carry are counted (11, 12)" {
    tunnel_world 1600
    member hostA
    guest hostA guestA 1 65521
    hearing hostB 3
    local listening=${world_pids[-1]}
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout xt0 7 50
    on guestA ping -c 1 -W 1 -b 10.2.0.255 -s 65493 >/run/tmp/ignored || true
    on guestA ping -c 1 -W 1 -b 10.2.0.255 -s 65400 >/run/tmp/ignored || true
    wait "$listening"
    claim "empty datagrams" "$(grep -c '^0 ' /run/tmp/heard || true)" 0
    claim "small frames" "$(grep -c '^60 ' /run/tmp/heard)" 50
    claim "the giant that fits" "$(grep -c '^65442 ' /run/tmp/heard)" 1
    counter_above hostA oversize 0
}

@test "random datagrams at 20000 a second do no harm (13)" {
    tunnel_world
    member hostA
    guest hostA guestA 1
    local pid before
    pid=$(counter hostA pid)
    inject 60 1500
    before=$(awk '/VmRSS/ { print $2 }' "/proc/$pid/status")
    on hostB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" datagram-fuzz "$group" "$port" 192.168.77.2 5 20000 >/run/tmp/ignored
    counter_above hostA runts 1000
    (($(awk '/VmRSS/ { print $2 }' "/proc/$pid/status") - before < 10240))
    member hostB
    guest hostB guestB 2
    meet
    pings 1000
}

@test "who is not on the list is not listened to (29)" {
    tunnel_world
    member hostA allow=192.168.77.9,10.0.0.0/8
    inject 60 60
    poll 5 counter_is hostA refused 2
    claim "frames in" "$(counter hostA frames_in)" 0
    kill "${world_pids[-1]}"
    wait "${world_pids[-1]}"
    member hostA allow=192.168.77.2
    inject 60
    poll 5 counter_is hostA frames_in 1
}

@test "what the group sends to everybody is limited, what it sends to one station is not (28)" {
    tunnel_world
    member hostA floods=100
    on hostB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" numbered "$group" "$port" 192.168.77.2 3000
    poll 5 counter_above hostA floods_limited 1000
    local taken
    taken=$(counter hostA frames_in)
    ((taken >= 100 && taken + $(counter hostA floods_limited) == 3000))
    on hostB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" numbered "$group" "$port" 192.168.77.2 1000 unicast
    poll 5 counter_is hostA frames_in $((taken + 1000))
}

@test "two members on one bridge make a circle: the storm is limited, and ends with one of them (28)" {
    tunnel_world
    member hostA floods=200
    one_more hostA xt1 type=mcast address="$group" port="$port" dev=u0 floods=200
    ip -n hostA link add ring type bridge stp_state 0 forward_delay 0 mcast_snooping 0
    ip -n hostA link add vif1 type veth peer name eth0 netns guestA
    local tap
    for tap in vif1 xt0 xt1 ring; do
        [[ $tap == ring ]] || ip -n hostA link set "$tap" master ring
        ip -n hostA link set "$tap" up
    done
    ip -n guestA link set eth0 up
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout eth0 7 100
    poll 5 counter_above hostA floods_limited 0
    local begin=${EPOCHREALTIME/./} before
    before=$(counter hostA frames_in)
    timeout 2 tail -f /dev/null || true
    local frames=$(($(counter hostA frames_in) - before)) took=$((${EPOCHREALTIME/./} - begin))
    ((frames * 1000000 / took <= 250)) || claim "frames a second" "$((frames * 1000000 / took))" "200 at most"
    ends "${world_pids[@]: -1}"
    member hostB
    guest hostB guestB 2
    ip -n guestA address add 10.2.0.1/24 dev eth0
    meet
}

@test "a slow underlay holds the guests back: nothing is dropped by the relay, which sleeps meanwhile" {
    tunnel_world
    member hostA
    member hostB
    guests
    meet
    # Less than a hundredth of what the guest sends, and a queue that never drops: the socket is what fills.
    on hostA tc qdisc add dev u0 root tbf rate 20mbit burst 16kb limit 100mb
    local pid ticks begin=${EPOCHREALTIME/./}
    pid=$(counter hostA pid)
    ticks=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" flood xt0 "$(on guestB cat /sys/class/net/xt0/address)" 3
    local used=$(($(awk '{ print $14 + $15 }' "/proc/$pid/stat") - ticks))
    claim "frames dropped by the relay" "$(counter hostA queue_drops) $(counter hostA send_errors)" "0 0"
    # The tap's queue is where they are dropped: bounded, and known to the guest's kernel.
    (($(on guestA cat /sys/class/net/xt0/statistics/tx_dropped) > 1000))
    ((used * 10000 < ${EPOCHREALTIME/./} - begin)) || claim "hundredths of a second used" "$used" "less than all"
    poll 10 nothing_was_lost
    on hostA tc qdisc delete dev u0 root
    meet
    pings 1000
}

nothing_was_lost() { [[ $(counter hostA frames_out) == "$(counter hostB frames_in)" ]]; }

@test "type=udp: a slow underlay holds the guests back, and traffic the other way goes on" {
    tunnel_world
    relay hostA type=udp address=192.168.77.2 port=5558 local=192.168.77.1:5559
    relay hostB type=udp address=192.168.77.1 port=5559 local=192.168.77.2:5558
    guests
    meet
    on hostA tc qdisc add dev u0 root tbf rate 20mbit burst 16kb limit 100mb
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" flood xt0 "$(on guestB cat /sys/class/net/xt0/address)" 3 &
    local before
    before=$(counter hostA frames_in)
    on guestB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout xt0 7 100
    poll 5 counter_above hostA frames_in $((before + 99))
    wait $!
    claim "frames dropped by the relay" "$(counter hostA queue_drops) $(counter hostA send_errors)" "0 0"
    on hostA tc qdisc delete dev u0 root
    meet
    pings 1000
}

@test "type=udp: short, empty and giant datagrams do no harm, and floods are limited (12, 28)" {
    tunnel_world
    relay hostA type=udp address=192.168.77.2 port=5558 local=192.168.77.1:5559 floods=100 allow=192.168.77.0/24
    guest hostA guestA 1
    from_pair() { on hostB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" pair 192.168.77.2 5558 192.168.77.1 5559 "$@"; }
    from_pair 0 1 13 14 65507 60
    poll 5 counter_is hostA frames_in 3
    claim "empty, and runts" "$(counter hostA empty) $(counter hostA runts)" "1 2"
    # shellcheck disable=SC2046
    from_pair $(printf '60 %.0s' {1..1000})
    poll 5 counter_above hostA floods_limited 500
    claim "what came" "$(($(counter hostA frames_in) + $(counter hostA floods_limited)))" 1003
    fails 2 "$DOM0NET_BIN/network-tunnel" run type=udp address=192.168.77.2 port=5558 local=192.168.77.1:5559 allow=10.0.0.0/8
    mentions "not in allow="
}

@test "two relays of one host and another: everybody hears the others exactly once (6)" {
    tunnel_world
    member hostA
    one_more hostA xt1 type=mcast address="$group" port="$port" dev=u0
    member hostB
    guest hostA guestA 1
    guest hostA guestA 3 1500 xt1
    guest hostB guestB 2
    local n
    local -A counting interface=([1]=xt0 [2]=xt0 [3]=xt1) place=([1]=guestA [2]=guestB [3]=guestA)
    for n in 1 2 3; do
        on "${place[$n]}" python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" count-shouts "${interface[$n]}" 3 >"/run/tmp/counted$n" &
        counting[$n]=$!
        poll 5 grep -q ready "/run/tmp/counted$n"
    done
    for n in 1 2 3; do on "${place[$n]}" python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout "${interface[$n]}" "$n" 1000; done
    for n in 1 2 3; do wait "${counting[$n]}"; done
    claim "the first hears" "$(tail -n +2 /run/tmp/counted1)" $'2 1000 1000\n3 1000 1000'
    claim "the other host hears" "$(tail -n +2 /run/tmp/counted2)" $'1 1000 1000\n3 1000 1000'
    claim "the second hears" "$(tail -n +2 /run/tmp/counted3)" $'1 1000 1000\n2 1000 1000'
}

@test "an idle relay uses no processor time" {
    tunnel_world
    member hostA
    local pid before
    pid=$(counter hostA pid)
    before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
    timeout 3 tail -f /dev/null || true
    claim "ticks used" "$(($(awk '{ print $14 + $15 }' "/proc/$pid/stat") - before))" 0
}

@test "groups and ports do not mix (17)" {
    tunnel_world
    member hostA
    on hostB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" numbered 230.0.0.2 "$port" 192.168.77.2 50
    on hostB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" numbered "$group" 5559 192.168.77.2 50
    inject 60
    poll 5 counter_is hostA frames_in 1
}

@test "VLAN tags, LLDP and STP pass bit by bit (15)" {
    tunnel_world
    member hostA
    member hostB
    guests
    meet
    local frame type
    while read -r type frame; do
        : >/run/tmp/frame
        on guestB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" hear-frame xt0 "$type" >/run/tmp/frame &
        poll 5 grep -q ready /run/tmp/frame
        on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" send-frame xt0 "$frame"
        wait $! || claim "a frame of type $type" none one
        claim "frame of type $type" "$(tail -n 1 /run/tmp/frame)" "${frame/81002007/}"
    done <<EOF2
88b5 0200000000020200000000018100200788b5$(printf '%0120d' 7)
88cc 0180c200000e02000000000188cc$(printf '%092d' 7)
0026 0180c200000002000000000100264242$(printf '%088d' 3)
EOF2
}

@test "checksums that the guest left open are right on the wire, and no frame is longer than its MTU (16)" {
    tunnel_world 1600
    member hostA
    member hostB
    guests
    meet
    background ip netns exec hostB python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" hear "$group" "$port" 192.168.77.2 20 >/run/tmp/heard
    poll 5 grep -q ready /run/tmp/heard
    file guestA guestB 10.2.0.2 20
    claim "datagrams longer than a frame" "$(awk '/^[0-9]/ && $1 > 1518' /run/tmp/heard | wc -l)" 0
    counter_above hostA checksums_completed 1000
    claim "checksum errors of TCP in the guest" "$(on guestB awk '/^Tcp: [0-9]/ { print $(NF) }' /proc/net/snmp)" 0
    on guestB python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 9)); s.settimeout(5)
print("ready", flush=True); print(len(s.recv(2000)), len(s.recv(2000)))' >/run/tmp/udp &
    poll 5 grep -q ready /run/tmp/udp
    on guestA python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(bytes(1000), ("10.2.0.2", 9)); s.sendto(b"odd", ("10.2.0.2", 9))'
    wait $!
    claim "UDP datagrams" "$(tail -n 1 /run/tmp/udp)" "1000 3"
}

@test "the counters are what the wire carried (35)" {
    tunnel_world 1600
    member hostA
    member hostB
    guests
    # Nothing but what the test sends.
    for side in A B; do on "guest$side" sysctl -qw net.ipv6.conf.xt0.disable_ipv6=1; done
    meet
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout xt0 7 1
    local out in
    out=$(counter hostA frames_out) in=$(counter hostB frames_in)
    local bytes
    bytes=$(counter hostB bytes_in)
    on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout xt0 7 500
    poll 5 counter_is hostB frames_in $((in + 500))
    claim "frames out" "$(counter hostA frames_out)" $((out + 500))
    claim "bytes in" "$(counter hostB bytes_in)" $((bytes + 500 * 60))
    said=$("$DOM0NET_BIN/network-tunnel" status --socket /run/tmp/hostB.status)
    mentions "peer 192.168.77.1:"
    said=$("$DOM0NET_BIN/network-tunnel" status --socket /run/tmp/hostB.status --metrics)
    mentions "dom0net_tunnel_frames_in_total"
}

@test "the time to live is 1, or what was asked for (10)" {
    tunnel_world
    local ttl
    for ttl in 1 7; do
        member hostA ttl=$ttl
        guest hostA guestA 1
        on hostB timeout 5 tcpdump -c 1 -v -n -i u0 "udp port $port" >/run/tmp/dump 2>/run/tmp/dump.err &
        local dumping=$!
        poll 5 grep -q listening /run/tmp/dump.err
        on guestA python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" shout xt0 7 100
        wait "$dumping"
        said=$(cat /run/tmp/dump)
        mentions "ttl $ttl,"
        kill "${world_pids[-1]}"
        wait "${world_pids[-1]}"
    done
}
