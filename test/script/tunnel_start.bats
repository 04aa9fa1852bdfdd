#!/usr/bin/env bats
# network-tunnel start, stop, status and run: what is made, what is left, who may. Numbers in brackets are the scenarios.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # the worlds have the names

load ../support/world.sh
load ../support/claims.bash
load tunnel_world.bash

setup() {
    tunnel_world
    chmod 666 /dev/net/tun # of the sandbox, as udev makes it elsewhere
}
teardown() {
    tunnel hostA stop name=lab || true
    tunnel hostB stop name=lab || true
    tunnel_world_ends
}

# The hosts share one /run here, so each has its own folder of records.
tunnel() { on "$1" env DOM0NET_TUNNEL_RUN="/run/dom0net/tunnel/$1" "$DOM0NET_BIN/network-tunnel" "${@:2}"; }
lab=(name=lab type=mcast address=230.0.0.1 port=5558 dev=u0)

# What is on the host, without what changes by itself.
state() {
    {
        ip -n "$1" -d link
        ip -n "$1" address
        on "$1" cat /proc/net/igmp
    } | sed 's/valid_lft.*//; s/Timer.*//; s/1:[0-9A-F]*//; s/ tentative//'
    find /run/dom0net/tunnel -mindepth 2 2>/dev/null || true
}

# unchanged HOST COMMAND...: fails, says one line, and leaves the host as it was. What it said is in $said.
unchanged() {
    local before
    before=$(state "$1")
    status=0
    said=$("${@:2}" 2>&1) || status=$?
    claim "lines said: $said" "$(wc -l <<<"$said")" 1
    [[ $status == 1 || $status == 2 ]] || claim "exit status ($said)" "$status" "1 or 2"
    claim "what is on the host after: ${*:2}" "$(state "$1")" "$before"
}

relay_pid() { tunnel "$1" status name=lab --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])'; }

# vif HOST GUEST: a guest's interface, on the bridge of the tunnel, as vif-bridge would put it there.
vif() {
    ip link add vif1.0 netns "$1" type veth peer name eth0 netns "$2"
    ip -n "$1" link set vif1.0 master xtb-lab up
    ip -n "$2" address add "10.2.0.$3/24" dev eth0
    ip -n "$2" link set eth0 up
}

@test "start makes bridge and tap and a relay without privilege; stop leaves nothing (33)" {
    local before
    before=$(ip -n hostA -br link)
    works tunnel hostA start "${lab[@]}"
    claim "bridge" "$(on hostA cat /sys/class/net/xtb-lab/bridge/stp_state)" 0
    claim "multicast snooping" "$(on hostA cat /sys/class/net/xtb-lab/bridge/multicast_snooping)" 0
    claim "port" "$(on hostA ls /sys/class/net/xtb-lab/brif)" xt-lab
    said=$(ip -n hostA -d link show xt-lab)
    mentions "persist on user nobody"
    local pid
    pid=$(relay_pid hostA)
    claim "user" "$(awk '/^Uid/ { print $2, $3, $4 }' "/proc/$pid/status")" "65534 65534 65534"
    claim "capabilities" "$(awk '/^Cap/ { print $2 }' "/proc/$pid/status" | sort -u)" 0000000000000000
    claim "privileges to come" "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$pid/status")" 1
    claim "addresses of the host on the tunnel" "$(ip -n hostA -o address show dev xtb-lab)$(ip -n hostA -o address show dev xt-lab)" ""
    works tunnel hostA stop name=lab
    claim "links" "$(ip -n hostA -br link)" "$before"
    claim "records" "$(ls /run/dom0net/tunnel/hostA)" ""
    [[ ! -e /proc/$pid ]]
    works tunnel hostA stop name=lab
}

@test "start twice is start once; other words are refused (33)" {
    works tunnel hostA start "${lab[@]}"
    local pid
    pid=$(relay_pid hostA)
    works tunnel hostA start "${lab[@]}"
    claim "relay" "$(relay_pid hostA)" "$pid"
    fails 1 tunnel hostA start name=lab type=mcast address=230.0.0.1 port=5559 dev=u0
    mentions "other words"
    claim "relay" "$(relay_pid hostA)" "$pid"
}

@test "a relay that was killed is started again over what is there (33)" {
    works tunnel hostA start "${lab[@]}"
    kill -KILL "$(relay_pid hostA)"
    poll 5 is_stopped
    local index
    index=$(on hostA cat /sys/class/net/xtb-lab/ifindex)
    works tunnel hostA start "${lab[@]}"
    claim "bridge" "$(on hostA cat /sys/class/net/xtb-lab/ifindex)" "$index"
    said=$(tunnel hostA status)
    mentions joined
    kill -KILL "$(relay_pid hostA)"
    works tunnel hostA stop name=lab
    claim "links" "$(ip -n hostA -br link | grep -c xt || true)" 0
}

is_stopped() { [[ $(tunnel hostA status) == *stopped* ]]; }

@test "a vif joins the bridge and reaches the other host's; it goes and returns (31)" {
    works tunnel hostA start "${lab[@]}"
    works tunnel hostB start "${lab[@]}"
    vif hostA guestA 1
    vif hostB guestB 2
    meet
    pings 1472
    files 50
    ip -n hostA link delete vif1.0
    vif hostA guestA 1
    meet
    pings 1472
    claim "the guest's station is on its vif" "$(station_port)" vif1.0
}

@test "the guests' interfaces have the tunnel's MTU, and the bridge lives on while the relay does not (31)" {
    works tunnel hostA start "${lab[@]}" mtu=1400
    ip link add vif1.0 netns hostA type veth peer name eth0 netns guestA
    works on hostA "$DOM0NET_BIN/vif-bridge" --no-xenstore online vif=vif1.0 bridge=xtb-lab
    ip -n guestA link set eth0 up
    local link
    for link in xtb-lab xt-lab vif1.0; do claim "MTU of $link" "$(on hostA cat "/sys/class/net/$link/mtu")" 1400; done
    poll 5 forwards vif1.0
    forwards xt-lab
    kill -KILL "$(relay_pid hostA)"
    poll 5 is_stopped
    forwards vif1.0
    claim "carrier of the bridge" "$(on hostA cat /sys/class/net/xtb-lab/carrier)" 1
    works tunnel hostA start "${lab[@]}" mtu=1400
    poll 5 forwards xt-lab
}

# The port's link is up, and the bridge sends through it.
forwards() {
    [[ $(on hostA cat "/sys/class/net/$1/brport/state") == 3 && $(on hostA cat "/sys/class/net/$1/carrier") == 1 ]]
}

station_port() {
    command bridge -n hostA fdb show br xtb-lab dynamic |
        awk -v mac="$(on guestA cat /sys/class/net/eth0/address)" '$1 == mac { print $3 }'
}

@test "a second card leads out, and nothing else does (32)" {
    works tunnel hostA start "${lab[@]}"
    works tunnel hostB start "${lab[@]}"
    vif hostA guestA 1
    vif hostB guestB 2
    meet
    # Whatever a guest tries, only the tunnel's own packets are on the wire between the hosts.
    background on hostB timeout 20 tcpdump -n -i u0 -c 1 "not (udp port 5558 or igmp or arp or icmp6 or ip6[6] == 0)" >/run/tmp/leaked 2>/run/tmp/dump.err
    poll 5 grep -q listening /run/tmp/dump.err
    not on guestB ping -c 1 -W 1 192.168.90.1 2>/run/tmp/ignored
    on guestB python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
for port in (53, 67, 5353): s.sendto(bytes(300), ("255.255.255.255", port))'
    not on guestB ping -c 1 -W 1 -b 10.2.0.255 2>/run/tmp/ignored
    claim "what leaked" "$(cat /run/tmp/leaked)" ""
    ip link add out0 netns guestA type veth peer name out0 netns hostA
    ip -n hostA address add 192.168.90.1/24 dev out0
    ip -n guestA address add 192.168.90.2/24 dev out0
    ip -n hostA link set out0 up
    ip -n guestA link set out0 up
    on guestA sysctl -qw net.ipv4.ip_forward=1
    ip -n hostA route add 10.2.0.0/24 via 192.168.90.2
    ip -n guestB route add default via 10.2.0.1
    works on guestB ping -c 3 -i 0.2 -W 2 192.168.90.1
}

@test "a bridge of the administrator's is used and left in place" {
    ip -n hostA link add br7 type bridge
    works tunnel hostA start "${lab[@]}" bridge=br7
    claim "port" "$(on hostA ls /sys/class/net/br7/brif)" xt-lab
    works tunnel hostA stop name=lab
    on hostA test -e /sys/class/net/br7
    not on hostA test -e /sys/class/net/xt-lab
}

@test "vxlan: no relay, the kernel does it all" {
    local words=(name=lab type=vxlan address=239.1.1.1 port=4789 id=7 dev=u0)
    works tunnel hostA start "${words[@]}"
    works tunnel hostB start "${words[@]}"
    works tunnel hostA start "${words[@]}"
    vif hostA guestA 1
    vif hostB guestB 2
    meet
    files 20
    said=$(tunnel hostA status)
    mentions "in the kernel"
    works tunnel hostA stop name=lab
    claim "links" "$(ip -n hostA -br link | grep -c xt || true)" 0
}

@test "bad words leave nothing behind (7)" {
    local word
    for word in address=192.168.0.9 address=223.255.255.255 address=240.0.0.1 address=0.0.0.0 address=hello address= \
        address=ff02::5 address=230.0.0.1.5 address=230.0.0.256 address=224.0.0.5; do
        unchanged hostA tunnel hostA start name=lab type=mcast port=5558 "$word"
        mentions "${word#*=}"
        claim "exit status of $word" "$status" 2
    done
    for word in port=0 port=65536 port=70000 port=-1 port=x port=; do
        unchanged hostA tunnel hostA start name=lab type=mcast address=230.0.0.1 "$word"
        mentions "${word#*=}"
        claim "exit status of $word" "$status" 2
    done
    unchanged hostA tunnel hostA start name=lab type=mcast address=230.0.0.1
    mentions "port="
    unchanged hostA tunnel hostA start type=mcast address=230.0.0.1 port=5558
    mentions "name="
    unchanged hostA tunnel hostA start name=../lab type=mcast address=230.0.0.1 port=5558
    unchanged hostA tunnel hostA stop name=../lab
    unchanged hostA tunnel hostA start "${lab[@]}" user=no-such-user
    mentions no-such-user
    unchanged hostA tunnel hostA begin "${lab[@]}"
    mentions begin
    unchanged hostA tunnel hostA start --frobnicate
    mentions frobnicate
}

@test "what the host cannot do leaves nothing behind" {
    unchanged hostA tunnel hostA start name=lab type=mcast address=230.0.0.1 port=5558 dev=nic9
    mentions nic9
    unchanged hostA tunnel hostA start name=lab type=mcast address=230.0.0.1 port=5558
    mentions "dev="
    unchanged hostA tunnel hostA start name=lab type=server address=192.168.99.9 port=5558
    mentions 192.168.99.9
    unchanged hostA tunnel hostA start "${lab[@]}" bridge=u0
    mentions u0
    unchanged hostA tunnel hostA start "${lab[@]}" tap=u0
    mentions u0
    background ip netns exec hostA python3 -c 'import socket, time
s = socket.create_server(("192.168.77.1", 5558)); print("ready", flush=True); time.sleep(30)' >/run/tmp/taken
    poll 5 grep -q ready /run/tmp/taken
    unchanged hostA tunnel hostA start name=lab type=server address=192.168.77.1 port=5558
    mentions 5558
}

@test "an underlay that is the tunnel's own bridge, or a port of it, is refused (7)" {
    unchanged hostA tunnel hostA start "${lab[@]:0:4}" dev=xtb-lab
    mentions xtb-lab
    ip -n hostA link add br7 type bridge
    ip -n hostA link set u0 master br7
    unchanged hostA tunnel hostA start "${lab[@]}" bridge=br7
    mentions br7
}

@test "two relays on one tap: the second is refused (33)" {
    works tunnel hostA start "${lab[@]}"
    fails 1 tunnel hostA run type=mcast address=230.0.0.2 port=5558 dev=u0 --tap xt-lab
    mentions "it has a relay already"
    said=$(tunnel hostA status)
    mentions joined
}

@test "as an ordinary user: over one's own tap, not over another's, not a new one (30)" {
    ip -n hostA tuntap add dev mine mode tap user 1000
    ip -n hostA tuntap add dev theirs mode tap user 1001
    as_user() { on "$1" setpriv --reuid 1000 --regid 1000 --clear-groups "$DOM0NET_BIN/network-tunnel" run "${@:2}"; }
    rm -rf /run/tmp/user
    mkdir -m 777 /run/tmp/user
    background as_user hostA type=mcast address="$group" port="$port" dev=u0 --tap mine --socket /run/tmp/user/status
    poll 5 "$DOM0NET_BIN/network-tunnel" status --socket /run/tmp/user/status >/run/tmp/ignored 2>&1
    local pid
    pid=$("$DOM0NET_BIN/network-tunnel" status --socket /run/tmp/user/status --json | grep -o '"pid":[0-9]*' | cut -d: -f2)
    claim "user" "$(awk '/^Uid/ { print $2 }' "/proc/$pid/status")" 1000
    claim "capabilities" "$(awk '/^Cap(Prm|Eff|Inh|Amb)/ { print $2 }' "/proc/$pid/status" | sort -u)" 0000000000000000
    fails 1 as_user hostA type=mcast address="$group" port="$port" dev=u0 --tap theirs
    mentions "belongs to another user"
    fails 1 as_user hostA type=mcast address="$group" port="$port" dev=u0 --tap fresh
    mentions fresh
    ip -n hostA link set mine netns guestA
    ip -n guestA link set mine up
    ip -n guestA address add 10.2.0.1/24 dev mine
    relay hostB type=mcast address="$group" port="$port" dev=u0
    guest hostB guestB 2
    meet
    pings 1000
}

@test "as an ordinary user: in a namespace of its own, where a command runs (30)" {
    relay hostA type=server address=192.168.77.1 port="$port"
    guest hostA guestA 1
    works on hostB setpriv --reuid 1000 --regid 1000 --clear-groups "$DOM0NET_BIN/network-tunnel" run \
        type=client address=192.168.77.1 port="$port" -- \
        sh -c 'ip address add 10.2.0.2/24 dev tap0; ping -c 3 -i 0.2 -w 10 10.2.0.1'
    mentions "bytes from 10.2.0.1"
    fails 7 on hostB setpriv --reuid 1000 --regid 1000 --clear-groups "$DOM0NET_BIN/network-tunnel" run \
        type=client address=192.168.77.1 port="$port" -- sh -c 'exit 7'
}

# expand: the calls of systemd's sets, some of which contain others; words in, a call a line out.
expand() {
    local each
    tr -s '[:space:]' '\n' | while read -r each; do
        case $each in
            "") ;;
            @*) systemd-analyze syscall-filter "$each" | sed '1d; s/#.*//' | expand ;;
            *) echo "$each" ;;
        esac
    done
}

# words_of KEY: what the unit says, one line for each time that it says it.
words_of() { sed -n "s/^$1=//p" "$BATS_TEST_DIRNAME/../../etc/systemd/system/dom0net-tunnel@.service.in"; }

allowed_calls() {
    words_of SystemCallFilter | grep -v '^~' | expand | sort -u |
        grep -vxF -f <(words_of SystemCallFilter | grep '^~' | tr -d '~' | expand)
    # A later line gives back what an earlier one took.
    words_of SystemCallFilter | sed '1,/^~/d' | expand
}

# watched WORD...: as the unit's user, under strace, over a tap that is there; a guest uses it for what there is.
watched() {
    ip -n hostA tuntap add dev xt0 mode tap user nobody
    background ip netns exec hostA setpriv --reuid nobody --regid nogroup --clear-groups --bounding-set=-all --inh-caps=-all \
        strace -f -qq -o "/run/tmp/user/calls.$1" "$DOM0NET_BIN/network-tunnel" run tap=xt0 --socket /run/tmp/hostA.status "$@"
    watching=${world_pids[-1]}
    poll 10 asks hostA
    guest hostA guestA 1
}

@test "a relay needs no more system calls and address families than its unit allows (30)" {
    local tool
    for tool in strace systemd-analyze; do command -v "$tool" >/dev/null || skip "$tool is not installed"; done
    ! grep -q libasan <(ldd "$DOM0NET_BIN/network-tunnel") || skip "a sanitizer makes calls of its own"
    rm -rf /run/tmp/user
    mkdir -m 777 /run/tmp/user
    chmod 777 /run/tmp
    local type
    for type in mcast udp server client; do
        case $type in
            mcast)
                relay hostB type=mcast address="$group" port="$port" dev=u0
                watched type=mcast address="$group" port="$port" dev=u0
                ;;
            udp)
                relay hostB type=udp address=192.168.77.1 port=5558 local=192.168.77.2:5559
                watched type=udp address=192.168.77.2 port=5559 local=192.168.77.1:5558 dev=u0
                ;;
            server)
                watched type=server address=192.168.77.1 port="$port"
                relay hostB type=client address=192.168.77.1 port="$port"
                ;;
            client)
                relay hostB type=server address=192.168.77.2 port="$port"
                watched type=client address=192.168.77.2 port="$port" dev=u0
                ;;
        esac
        guest hostB guestB 2
        meet
        files 3
        kill "$(counter hostA pid)"
        wait "$watching"
        tunnel_world_ends
        tunnel_world
    done
    sed -E 's/^[0-9]+ +//; /^[a-z_0-9]+\(/!d; s/\(.*//' /run/tmp/user/calls.* | sort -u >/run/tmp/calls
    (($(wc -l </run/tmp/calls) > 20)) # else nothing was watched
    claim "calls that the unit forbids" "$(grep -vxF -f <(allowed_calls) /run/tmp/calls)" ""
    claim "address families that the unit forbids" \
        "$(sed -nE 's/.*socket\((AF_[A-Z0-9]+),.*/\1/p' /run/tmp/user/calls.* | sort -u | grep -vxF -f <(words_of RestrictAddressFamilies | tr ' ' '\n'))" ""
}

@test "the tunnels of a domain start together, or not at all (8)" {
    cat >/run/tmp/guest.xml <<END
<domain type='xen'><name>lab</name><devices>
  <interface type='mcast'><mac address='52:54:00:6d:90:01'/><source address='230.0.0.1' port='5558'/></interface>
  <interface type='network'><source network='default'/></interface>
  <interface type='server'><source address='192.168.77.1' port='5558'/></interface>
</devices></domain>
END
    ip -n hostA route add 224.0.0.0/4 dev u0
    works tunnel hostA start --domain-xml /run/tmp/guest.xml
    said=$(tunnel hostA status)
    mentions "lab0: mcast 230.0.0.1:5558"
    mentions "lab1: server 192.168.77.1:5558"
    works tunnel hostA stop --domain-xml /run/tmp/guest.xml
    claim "links" "$(ip -n hostA -br link | grep -c xt || true)" 0
    sed -i s/192.168.77.1/192.168.99.1/ /run/tmp/guest.xml
    unchanged hostA tunnel hostA start --domain-xml /run/tmp/guest.xml
    mentions 192.168.99.1
}

@test "the document's own example, whose mac is not closed, is refused with line and column (8)" {
    cat >/run/tmp/guest.xml <<END
  <devices>
    <interface type='mcast'>
      <mac address='52:54:00:6d:90:01'>
      <source address='230.0.0.1' port='5558'/>
    </interface>
  </devices>
END
    unchanged hostA tunnel hostA start name=lab --domain-xml /run/tmp/guest.xml
    mentions "guest.xml: line 5, column 7: "
    mentions "<mac> of line 3 is not closed"
    claim "exit status" "$status" 2
    sed -i "s|90:01'>|90:01'/>|" /run/tmp/guest.xml
    works tunnel hostA start name=lab --domain-xml /run/tmp/guest.xml dev=u0
}

@test "XML that asks for what a tunnel cannot do is refused with its place (8)" {
    local type source words
    while IFS='|' read -r type source words; do
        printf '<devices>\n <interface type="%s">\n  %s\n </interface>\n</devices>\n' "$type" "$source" >/run/tmp/guest.xml
        unchanged hostA tunnel hostA start name=lab --domain-xml /run/tmp/guest.xml
        claim "exit status for $source" "$status" 2
        mentions "guest.xml: line "
        mentions ", column "
        mentions "$words"
    done <<'END'
mcast|<source address="230.0.0.1" port="5558"><local address="192.168.77.1" port="5559"/></source>|<local> has a meaning only with type='udp'
client|<source address="192.168.77.1" port="5558"><local address="192.168.77.1" port="5559"/></source>|<local> has a meaning only with type='udp'
mcast|<source address="230.0.0.1" port="5558" ttl="4"/>|an attribute 'ttl'
mcast|<source address="230.0.0.1"/>|lacks the attribute 'port'
mcast|<source port="5558"/>|lacks the attribute 'address'
server|<target dev="x"/>|lacks <source
udp|<source address="192.168.77.2" port="5558"/>|lacks <local
mcast|<source address="230.0.0.1" port="5558"/><vlan><tag id="3"/></vlan>|<vlan> cannot be had
mcast|<source address="230.0.0.1" port="5558"/><filterref filter="clean-traffic"/>|<filterref> cannot be had
mcast|<source address="230.0.0.1" port="5558"|not well-formed
END
    for words in "address='192.168.0.9' port='5558'|192.168.0.9" "address='230.0.0.1' port='70000'|70000" "address='224.0.0.9' port='5558'|224.0.0.9"; do
        echo "<interface type='mcast'><source ${words%|*}/></interface>" >/run/tmp/guest.xml
        unchanged hostA tunnel hostA start name=lab --domain-xml /run/tmp/guest.xml
        claim "exit status for ${words%|*}" "$status" 2
        mentions "${words#*|}"
    done
}

@test "a dry run says what would be done, and does nothing" {
    local before
    before=$(state hostA)
    works tunnel hostA start "${lab[@]}" --dry-run
    mentions "ip tuntap add dev xt-lab mode tap user nobody"
    mentions "ip link set dev xt-lab mtu 1500 master xtb-lab up"
    claim "state" "$(state hostA)" "$before"
}

@test "status as JSON and as metrics" {
    works tunnel hostA start "${lab[@]}"
    tunnel hostA status --json | python3 -c '
import json, sys
(tunnel,) = json.load(sys.stdin)
assert tunnel["name"] == "lab" and tunnel["state"] == "joined" and tunnel["counters"]["runts"] == 0, tunnel'
    said=$(tunnel hostA status --metrics)
    mentions 'dom0net_tunnel_runts_total{tunnel="lab"} 0'
    fails 1 tunnel hostA status name=other
    mentions other
    works tunnel hostB start name=lab type=vxlan address=239.1.1.1 port=4789 id=7 dev=u0
    metrics() { on "$1" env DOM0NET_TUNNEL_RUN="/run/dom0net/tunnel/$1" "$DOM0NET_SBIN/dom0net" metrics; }
    works metrics hostB
    mentions 'dom0net_tunnel_up{tunnel="lab"} 1'
    works metrics hostA
    mentions 'dom0net_tunnel_up{tunnel="lab"} 1'
    mentions 'dom0net_tunnel_frames_in_total{tunnel="lab"}'
    kill -KILL "$(relay_pid hostA)"
    poll 5 is_stopped
    works metrics hostA
    mentions 'dom0net_tunnel_up{tunnel="lab"} 0'
}
