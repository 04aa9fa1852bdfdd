#!/usr/bin/env bats
# network-bridge looks before it moves: who would be shut out or left behind is named, and nothing has changed.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash

setup() {
    world_reset
    nft flush ruleset
    for tool in iptables-legacy ip6tables-legacy; do
        "$tool" -F && "$tool" -P INPUT ACCEPT
    done
    plain_host
}

# Ends what a case has started.
teardown() {
    [[ -z ${helper:-} ]] || kill "$helper" 2>/dev/null || true
}

# refuses TEXT...: start fails and names each TEXT, plainly, as a dry run and as JSON; nothing has changed.
refuses() {
    local text
    net_state >/run/tmp/before
    for call in start "start --dry-run"; do
        # shellcheck disable=SC2086 # two words
        fails 1 network_bridge $call
        for text in "$@"; do
            mentions "$text"
        done
    done
    for text in "$@"; do
        network_bridge start --dry-run --json 2>/dev/null | jq -e --arg text "$text" \
            '[.findings[] | select(.weight != "warns" and (.text | contains($text)))] | length > 0' >/dev/null
    done || claim "the findings as JSON" "$(network_bridge start --dry-run --json 2>/dev/null)" "$*"
    net_state >/run/tmp/after
    same "the host" /run/tmp/before /run/tmp/after
    claim "records" "$(find /run/dom0net -name '*.json' 2>/dev/null)" ""
}

# goes_on_if_told TEXT...: as refuses; with --force, and with --confirm, it is done, and each TEXT is a warning.
goes_on_if_told() {
    refuses "$@"
    fails 1 network_bridge start
    mentions "--force"
    mentions "--confirm"
    for option in --force "--confirm 60"; do
        # shellcheck disable=SC2086 # two words
        works network_bridge start $option
        claim "master of eth0" "$(master_of eth0)" xenbr0
        for text in Warning "$@"; do
            mentions "$text"
        done
        works dom0net rollback
    done
}

# only_warns TEXT...: start is done, and each TEXT is a warning; a dry run has it as a comment.
only_warns() {
    works network_bridge start --dry-run
    for text in "# Warning" "$@"; do
        mentions "$text"
    done
    works network_bridge start
    for text in Warning "$@"; do
        mentions "$text"
    done
    claim "master of eth0" "$(master_of eth0)" xenbr0
}

says_nothing() {
    works network_bridge start
    claim "what start said" "$(grep -c Warning <<<"$said")" 0
}

# --- firewalls ------------------------------------------------------------------------------------------------------

closed_host() {
    nft -f - <<END
table inet filter {
    chain input {
        type filter hook input priority 0; policy drop;
        $1 tcp dport 22 counter accept
    }
}
END
}

@test "a rule of nftables that names the card: start refuses, and goes on if told (F9)" {
    closed_host 'iifname "eth0"'
    goes_on_if_told "table inet filter" "chain input" 'iifname "eth0"' "add the same for xenbr0"
}

@test "with the same rule for the bridge, there is nothing to refuse (F9)" {
    closed_host 'iifname "eth0"'
    refuses "table inet filter"
    nft add rule inet filter input iifname xenbr0 tcp dport 22 counter accept
    says_nothing
}

@test "a rule for the bridge that says something else does not do (F9)" {
    closed_host 'iifname "eth0"'
    nft add rule inet filter input iifname xenbr0 tcp dport 23 counter accept
    refuses "table inet filter"
}

@test "a set that has the card and not the bridge (F9)" {
    closed_host 'iifname { "eth0", "eth7" }'
    goes_on_if_told "table inet filter" "chain input" iifname xenbr0
}

@test "a set that has both, or neither (F9)" {
    closed_host 'iifname { "eth0", "xenbr0", "lo" }'
    nft add rule inet filter input iifname '{ "eth7", "lo" }' accept
    says_nothing
}

@test "a named set of interfaces and addresses (F9)" {
    closed_host 'iifname "lo"'
    nft add set inet filter wan '{ typeof iifname . ip saddr; flags interval; }'
    nft add element inet filter wan '{ "eth0" . 192.0.2.0/24 }'
    nft add rule inet filter input iifname . ip saddr @wan accept
    refuses "table inet filter" "the set wan"
    nft add element inet filter wan '{ "xenbr0" . 192.0.2.0/24 }'
    says_nothing
}

@test "a map from interfaces to chains (F9)" {
    closed_host 'iifname "lo"'
    nft add chain inet filter from_lan
    nft add rule inet filter input 'iifname vmap { "eth0" : jump from_lan, "lo" : accept }'
    refuses "table inet filter"
}

@test "a pattern that fits the card and not the bridge (F9)" {
    closed_host 'iifname "eth*"'
    refuses 'iifname "eth*"'
}

@test "a pattern that fits both (F9)" {
    closed_host 'iifname != "nothing*"'
    nft add rule inet filter input iifname '"*"' accept 2>/dev/null || true
    says_nothing
}

@test "all but the card are dropped (F9)" {
    closed_host 'iifname != "eth0"'
    refuses 'iifname != "eth0"'
    nft add rule inet filter input iifname != xenbr0 tcp dport 22 counter accept
    refuses 'iifname != "eth0"'
}

@test "a rule that names the card by its number (F9)" {
    closed_host "iif eth0"
    refuses "table inet filter" "iif " "iifname"
}

@test "a rule for what leaves by the card (F9)" {
    nft -f - <<'END'
table ip nat {
    chain postrouting {
        type nat hook postrouting priority 100;
        ip saddr 10.0.0.0/8 oifname "eth0" masquerade
    }
}
END
    refuses "table ip nat" "chain postrouting" 'oifname "eth0"'
}

@test "where the bridge takes the card's name, rules by name go on, rules by number do not (F9)" {
    closed_host 'iifname "eth0"'
    works network_bridge start netdev=eth0 bridge=eth0 --dry-run
    nft add rule inet filter input iif eth0 accept
    fails 1 network_bridge start netdev=eth0 bridge=eth0 --dry-run
    mentions "iif "
}

@test "firewalld's table has the cure in firewalld's words (F9)" {
    nft -f - <<'END'
table inet firewalld {
    chain filter_INPUT_ZONES { iifname "eth0" accept; }
}
END
    refuses "table inet firewalld" "firewall-cmd --zone=ZONE --add-interface=xenbr0"
}

@test "iptables and ip6tables, of nftables' kind (F9)" {
    iptables-nft -A INPUT -i eth0 -j ACCEPT
    refuses "table ip filter" "chain INPUT" eth0
    iptables-nft -A INPUT -i xenbr0 -j ACCEPT
    ip6tables-nft -A OUTPUT -o eth0 -j ACCEPT
    refuses "table ip6 filter" "chain OUTPUT" eth0
}

@test "iptables of the older kind (F9)" {
    iptables-legacy -A INPUT -i eth0 -p tcp --dport 22 -j ACCEPT
    iptables-legacy -N mine
    iptables-legacy -A mine -o eth+ -j RETURN
    goes_on_if_told "chain INPUT of the table filter (iptables)" "-i eth0 (rule 1)" \
        "chain mine of the table filter (iptables)" "-o eth+"
    iptables-legacy -A INPUT -i xenbr0 -p tcp --dport 22 -j ACCEPT
    iptables-legacy -F mine
    says_nothing
    works network_bridge stop
    iptables-legacy -F && iptables-legacy -X
}

@test "ip6tables of the older kind (F9)" {
    ip6tables-legacy -A INPUT ! -i eth0 -j DROP
    refuses "chain INPUT of the table filter (ip6tables)" "! -i eth0"
    ip6tables-legacy -F
}

@test "rules about ports of bridges are a warning (F9)" {
    iptables-legacy -A FORWARD -m physdev --physdev-in eth0 -j ACCEPT
    iptables-nft -A FORWARD -m physdev --physdev-out eth0 -j ACCEPT
    nft add table bridge mine
    nft add chain bridge mine forward '{ type filter hook forward priority 0; }'
    nft add rule bridge mine forward iifname eth0 accept
    only_warns "(iptables)" "--physdev-in eth0" "--physdev-out eth0" "table bridge mine"
    iptables-legacy -F
}

@test "the rules of network-nat and of guests' filters are no hindrance (F9)" {
    works "$DOM0NET_BIN/network-nat" start netdev=eth0
    says_nothing
}

@test "ten thousand rules and as many elements of others are no hindrance (F9)" {
    {
        echo 'table inet crowd { set names { type ifname; }; chain forward { type filter hook forward priority 0; }; }'
        for ((i = 0; i < 10000; i++)); do
            echo "add rule inet crowd forward iifname vif$i.0 ip saddr 10.0.0.1 accept"
            echo "add element inet crowd names { vif$i.1 }"
        done
        echo 'add rule inet crowd forward iifname @names accept'
    } | nft -f -
    says_nothing
    works network_bridge stop
    nft add element inet crowd names '{ eth0 }'
    refuses "table inet crowd" "the set names"
}

# --- programs and sockets -------------------------------------------------------------------------------------------

# in_background COMMAND...: until the case ends; goes on once it has said a line.
in_background() {
    coproc "$@"
    helper=$COPROC_PID
    read -r _ <&"${COPROC[0]}"
}

bound_socket() { # bound_socket FAMILY TYPE PORT
    in_background python3 -c '
import socket, sys, time
s = socket.socket(getattr(socket, sys.argv[1]), getattr(socket, sys.argv[2]))
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
s.bind(("", int(sys.argv[3])))
if sys.argv[2] == "SOCK_STREAM":
    s.listen()
print("bound", flush=True)
time.sleep(1000)' "$@"
}

@test "a TCP socket that is bound to the card (F9)" {
    bound_socket AF_INET SOCK_STREAM 22
    goes_on_if_told "python3 ($helper) has a tcp socket (port 22) bound to eth0"
}

@test "a UDP socket that is bound to the card, of IPv6 (F9)" {
    bound_socket AF_INET6 SOCK_DGRAM 5000
    refuses "python3 ($helper) has a udp socket (port 5000) bound to eth0"
}

@test "a packet socket is a warning (F9)" {
    in_background python3 -c '
import socket, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300)
s.bind(("eth0", 3))
print("bound", flush=True)
time.sleep(1000)'
    only_warns "python3 ($helper) has a packet socket bound to eth0"
}

@test "sockets that are bound to nothing, or to another device, are no hindrance (F9)" {
    in_background python3 -c '
import socket, time
s = socket.socket()
s.bind(("", 22))
s.listen()
t = socket.socket()
t.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
t.bind(("", 23))
print("bound", flush=True)
time.sleep(1000)'
    says_nothing
}

# attach_bpf PROGRAM_TYPE ATTACH_TYPE: a program that returns 2, with these numbers of linux/bpf.h, at eth0 as a link.
attach_bpf() {
    exec python3 -c '
import ctypes, platform, socket, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def bpf(command, attributes):
    attributes += bytes(128 - len(attributes))
    got = libc.syscall(321 if platform.machine() == "x86_64" else 280, command, attributes, len(attributes))
    if got < 0:
        raise OSError(ctypes.get_errno(), "bpf")
    return got
code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xb7, 0, 0, 2, 0x95, 0, 0, 0))
licence = ctypes.create_string_buffer(b"GPL")
program = bpf(5, struct.pack("<IIQQ", int(sys.argv[1]), 2, ctypes.addressof(code), ctypes.addressof(licence)))
link = bpf(28, struct.pack("<IIII", program, socket.if_nametoindex("eth0"), int(sys.argv[2]), 0))
print("attached", flush=True)
time.sleep(1000)' "$@"
}

@test "an XDP program on the card (F9)" {
    in_background attach_bpf 6 37
    refuses "XDP program" eth0 "xdp off"
}

@test "a program of tc that is attached as a BPF link (F9)" {
    in_background attach_bpf 3 46
    refuses "tc has filters on eth0 (ingress bpf (tcx))"
}

@test "a filter of tc on the card (F9)" {
    tc qdisc add dev eth0 clsact
    tc filter add dev eth0 ingress prio 1 protocol ip u32 match u32 0 0 classid 1:1
    refuses "tc has filters on eth0 (ingress u32)" "tc filter show dev eth0 ingress"
}

@test "a queue that somebody gave the card is a warning (F9)" {
    tc qdisc replace dev eth0 root tbf rate 10gbit burst 10m latency 10ms
    only_warns "the queue of eth0 is a tbf"
}

# --- what makes it impossible ---------------------------------------------------------------------------------------

@test "a macvlan on the card: nothing helps (F7)" {
    ip link add mv0 link eth0 type macvlan mode bridge
    refuses "mv0 (macvlan)" eth0 "ip link delete dev mv0"
    fails 1 network_bridge start --force
    fails 1 network_bridge start --confirm 60
    claim "master of eth0" "$(master_of eth0)" ""
}

@test "an ipvlan on the card: nothing helps (F7)" {
    ip link add iv0 link eth0 type ipvlan mode l2 || skip "no ipvlan in this kernel"
    refuses "iv0 (ipvlan)" eth0 "ip link delete dev iv0"
    fails 1 network_bridge start --force
}

@test "a macvlan in another namespace: the kernel refuses, and the reason is explained (F7)" {
    ip link add mv0 link eth0 type macvlan mode bridge
    ip link set mv0 netns lan
    net_state >/run/tmp/before
    fails 1 network_bridge start
    mentions "Device or resource busy"
    mentions "macvlan"
    net_state >/run/tmp/after
    same "the host" /run/tmp/before /run/tmp/after
}

@test "a VLAN on the card is no hindrance (F7)" {
    ip link add eth0.7 link eth0 type vlan id 7 2>/dev/null || ip link add dm0 link eth0 type veth
    says_nothing
}

@test "a card that is a port: nothing helps (F7)" {
    ip link add other type bridge
    ip link set eth0 master other
    fails 1 network_bridge start netdev=eth0 --force
    mentions "is a port already"
    claim "master of eth0" "$(master_of eth0)" other
}

@test "a wireless card is refused, unless its owner knows that it does 4addr (F7)" {
    mkdir -p /run/tmp/class/net/eth0/phy80211
    mount --bind /run/tmp/class /sys/class
    refuses "eth0 is wireless" "set 4addr on" network-nat
    works network_bridge start --force
    umount /sys/class
}

# --- a root that comes over the card ---------------------------------------------------------------------------------

@test "the root is mounted by NFS over the card" {
    sed 's|^\([^ ]* [^ ]* [^ ]* [^ ]* / .*\) - .*|\1 - nfs4 192.0.2.1:/root rw,vers=4.2,addr=192.0.2.1|' \
        /proc/self/mountinfo >/run/tmp/mounts
    network_bridge() {
        bash -c 'mount --bind /run/tmp/mounts "/proc/$$/mountinfo" && exec "$@"' - "$DOM0NET_BIN/network-bridge" "$@"
    }
    goes_on_if_told "the root file system comes over eth0 from 192.0.2.1"
}

# root_disk PATH: the root's disk lies there, below /sys/devices, and session 7 is one with 192.0.2.1.
root_disk() {
    local number
    number=$(mountpoint -d / || stat -c %Hd:%Ld /)
    mkdir -p /run/tmp/block /run/tmp/devices /run/tmp/class/iscsi_connection/connection7:0
    mount --bind /run/tmp/block /sys/dev/block
    mount --bind /run/tmp/devices /sys/devices
    mount --bind /run/tmp/class /sys/class
    mkdir -p "/sys/devices/$1"
    ln -s "../../devices/$1" "/sys/dev/block/$number"
    echo storage.example.org >/sys/class/iscsi_connection/connection7:0/persistent_address
    echo 192.0.2.1 >/sys/class/iscsi_connection/connection7:0/address
}

no_root_disk() { umount /sys/class /sys/devices /sys/dev/block; }

@test "the root is a disk of iSCSI, over the card" {
    root_disk platform/host3/session7/target3:0:0/3:0:0:1/block/sda/sda2
    refuses "the root file system comes over eth0 from 192.0.2.1"
    no_root_disk
}

@test "the root is LVM on multipath on iSCSI, over the card" {
    root_disk virtual/block/dm-1
    mkdir -p /sys/devices/virtual/block/{dm-0,dm-1}/slaves /sys/devices/platform/host3/session7/block/sdb
    ln -s ../../dm-0 /sys/devices/virtual/block/dm-1/slaves/dm-0
    ln -s ../../../../platform/host3/session7/block/sdb /sys/devices/virtual/block/dm-0/slaves/sdb
    refuses "the root file system comes over eth0 from 192.0.2.1"
    no_root_disk
}

# --- what matters later ---------------------------------------------------------------------------------------------

@test "a DHCP client on the card is a warning, with its name" {
    ln -s "$(command -v busybox)" /run/tmp/udhcpc
    /run/tmp/udhcpc -f -i eth0 -s /bin/true >/dev/null 2>&1 3>&- &
    helper=$!
    poll 3 grep -q udhcpc "/proc/$helper/comm"
    only_warns "udhcpc ($helper) is a DHCP client for eth0" xenbr0
}

@test "a network manager that owns the card is a warning, one that does not is none" {
    local index
    index=$(cat /sys/class/net/eth0/ifindex)
    mkdir -p /run/NetworkManager/devices /run/systemd/netif/links
    printf '[device]\nmanaged=true\n' >"/run/NetworkManager/devices/$index"
    only_warns "NetworkManager manages eth0" "nmcli device set eth0 managed no"
    works network_bridge stop
    printf '[device]\nmanaged=false\n' >"/run/NetworkManager/devices/$index"
    printf 'ADMIN_STATE=unmanaged\n' >"/run/systemd/netif/links/$index"
    says_nothing
    works network_bridge stop
    printf 'ADMIN_STATE=configured\n' >"/run/systemd/netif/links/$index"
    only_warns "systemd-networkd manages eth0"
    rm -r /run/NetworkManager /run/systemd/netif
}

# --- the way back ---------------------------------------------------------------------------------------------------

@test "stop tells which rules are about the bridge alone, and goes on (F9)" {
    works network_bridge start
    closed_host 'iifname "xenbr0"'
    works network_bridge stop
    mentions "Warning"
    mentions 'iifname "xenbr0"'
    claim "master of eth0" "$(master_of eth0)" ""
}

@test "stop refuses while a macvlan would be deleted with the bridge" {
    works network_bridge start
    ip link add mv0 link xenbr0 type macvlan mode bridge
    fails 1 network_bridge stop
    mentions "mv0 (macvlan)"
    works network_bridge stop --force
}
