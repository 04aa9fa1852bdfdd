#!/usr/bin/env bats
# network-nat: guests leave under the host's address.
# shellcheck disable=SC2016,SC2086,SC2154 # words in quotes are meant so; claims.bash has said; a command of two words

load ../support/world.sh
load ../support/claims.bash
load ../support/routed.bash

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    world_reset
    nft flush ruleset
    plain_host
    rm -rf /etc/dhcp /etc/dhcpd.conf
}

network_nat() { "$DOM0NET_BIN/network-nat" "$@" </dev/null; }
setting() { sysctl -n "net/$1"; }
masquerades() { nft list ruleset | grep -c masquerade || true; }

# nat_guest DOMID: a guest of vif-nat with both families.
nat_guest() {
    vif "$1" 0
    tune_vif "vif$1.0"
    works vif_nat --no-xenstore online "vif=vif$1.0" dhcp=no
    guest_is_routed "$1" "10.0.$1.1" "10.0.$1.128"
    in_guest "$1" ip address add "fd64:6f6d:3000:$1::1/128" dev eth0 nodad
    in_guest "$1" ip -6 route add default via fe80::1 dev eth0
}

@test "S84 start: forwarding, and one masquerade for both families" {
    works network_nat start netdev=eth0
    claim masquerades "$(masquerades)" 1
    claim ip_forward "$(setting ipv4/ip_forward)" 1
    claim "IPv6 forwarding" "$(setting ipv6/conf/all/forwarding)" 1
}

@test "S84 start twice: still one; stop: none; stop twice: exit status 0" {
    net_state >/run/tmp/before
    works network_nat start
    nft list ruleset >/run/tmp/once
    works network_nat start
    nft list ruleset >/run/tmp/twice
    same "the second start" /run/tmp/once /run/tmp/twice
    works network_nat stop
    claim "tables left" "$(nft list ruleset)" ""
    net_state >/run/tmp/after
    same "start and stop" /run/tmp/before /run/tmp/after
    unchanged_by network_nat stop
    claim status "$status" 0
    claim records "$(ls /run/dom0net)" ""
}

@test "a guest reaches the network beyond, in both families, and is known there by the host's address" {
    works network_nat start
    in_lan ip route del default
    nat_guest 5
    works in_guest 5 ping -c 1 -W 5 192.0.2.1
    works in_guest 5 ping -c 1 -W 5 2001:db8::1
    works network_nat stop
    sysctl -qw net.ipv4.ip_forward=1 # what is missing is not the forwarding
    fails 1 in_guest 5 ping -c 1 -W 1 192.0.2.1
}

@test "ports are forwarded to guests, single ones and ranges, in both families" {
    cat >/etc/xen/dom0net.json <<'END'
{ "port-forwards": [ // a web server, and others
    { "port": 8080, "to": "10.0.5.1", "to-port": 80 },
    { "protocol": "udp", "port": "5000-5002", "to": "10.0.5.1" },
    { "port": 8080, "to": "fd64:6f6d:3000:5::1", "to-port": 80 } ] }
END
    works network_nat start
    nat_guest 5
    local reply
    reply=$(answered_by 5 tcp 80 192.0.2.2 8080)
    claim "TCP over IPv4" "$reply" guest5
    reply=$(answered_by 5 tcp6 80 '[2001:db8::2]' 8080)
    claim "TCP over IPv6" "$reply" guest5
    reply=$(answered_by 5 udp 5001 192.0.2.2 5001)
    claim "UDP" "$reply" guest5
}

# answered_by DOMID KIND PORT ADDRESS PORT: what a server in the guest, which says who it is, answers to a client on the LAN.
answered_by() {
    command -v socat >/dev/null || skip "socat is not installed"
    in_guest "$1" socat "$2-listen:$3,reuseaddr" "system:read -r question; echo guest$1" 3>&- &
    poll 5 in_guest "$1" sh -c "ss -lntu | grep -q ':$3 '"
    in_lan timeout 10 socat -t 5 - "$2:$4:$5,shut-none" 3>&- <<<'who?'
    wait
}

@test "the table is what --dry-run says, and nft takes what --dry-run prints" {
    echo '{ "port-forwards": [ { "port": "8000-8010", "to": "10.0.5.1" }, { "port": 22, "to": "fd00::1", "to-port": 2222 } ] }' \
        >/etc/xen/dom0net.json
    unchanged_by network_nat --dry-run start
    claim status "$status" 0
    claim tables "$(nft list ruleset)" ""
    mentions "sysctl -w net/ipv4/conf/all/forwarding=1"
    mentions masquerade
    sed -n "/^nft -f/,/^END/p" <<<"$said" | sed '1d;$d' >/run/tmp/rules
    works nft -c -f /run/tmp/rules
    nft -f /run/tmp/rules
    nft list ruleset >/run/tmp/by_nft
    nft flush ruleset
    works network_nat start
    nft list ruleset >/run/tmp/by_us
    same "the table" /run/tmp/by_nft /run/tmp/by_us
}

@test "start puts back a table that somebody flushed, and status says that it is gone" {
    works network_nat start
    nft flush ruleset
    works network_nat status
    mentions "dom0net-nat is gone"
    works network_nat start
    claim masquerades "$(masquerades)" 1
}

@test "others' tables are not touched" {
    nft add table ip nat
    nft add chain ip nat POSTROUTING '{ type nat hook postrouting priority 100; }'
    nft add rule ip nat POSTROUTING oifname docker0 masquerade
    nft list ruleset >/run/tmp/before
    works network_nat start
    works network_nat stop
    nft list ruleset >/run/tmp/after
    same "the rule set" /run/tmp/before /run/tmp/after
}

@test "two devices, one stopped: the other's masquerade and the forwarding stay" {
    wire eth1 02:00:00:00:00:03
    works network_nat start
    works network_nat start netdev=eth1
    claim masquerades "$(masquerades)" 2
    works network_nat stop netdev=eth0
    claim "the device left" "$(nft list ruleset | grep -o 'oifname "[a-z0-9]*"')" 'oifname "eth1"'
    claim ip_forward "$(setting ipv4/ip_forward)" 1
    works network_nat stop
    claim ip_forward "$(setting ipv4/ip_forward)" 0
    claim tables "$(nft list ruleset)" ""
}

@test "network-route still needs forwarding when network-nat is stopped" {
    works "$DOM0NET_BIN/network-route" start
    works network_nat start
    works network_nat stop
    claim ip_forward "$(setting ipv4/ip_forward)" 1
    works "$DOM0NET_BIN/network-route" stop
    claim ip_forward "$(setting ipv4/ip_forward)" 0
}

@test "S85 dhcp=yes: the guests' network is added once, and stop removes it" {
    mkdir -p /etc/dhcp /etc/init.d /etc/default
    echo '# mine' >/etc/dhcp/dhcpd.conf
    echo 'INTERFACES=""' >/etc/default/dhcp-server
    printf '#!/bin/sh\necho "$@" >>/run/tmp/restarts\n' >/etc/init.d/isc-dhcp-server
    chmod +x /etc/init.d/isc-dhcp-server
    rm -f /run/tmp/restarts /etc/resolv.conf
    printf 'search example.org\nnameserver 192.0.2.53\n' >/etc/resolv.conf
    works network_nat start dhcp=yes
    works network_nat start dhcp=yes
    claim dhcpd.conf "$(cat /etc/dhcp/dhcpd.conf)" "# mine
subnet 10.0.0.0 netmask 255.255.0.0 { option domain-name \"example.org\"; option domain-name-servers 192.0.2.53; }"
    claim restarts "$(sort -u /run/tmp/restarts)" restart
    works network_nat stop
    claim dhcpd.conf "$(cat /etc/dhcp/dhcpd.conf)" "# mine"
}

@test "status tells what is started, in words and as JSON" {
    works network_nat status
    mentions "network-nat is not started."
    works network_nat start
    works network_nat status
    mentions "network-nat is started for eth0."
    works network_nat status --json
    claim started "$(jq -r '.started[]' <<<"$said")" eth0
    claim "table in place" "$(jq -r .table_in_place <<<"$said")" true
}

@test "a mistake in the configuration stops start with its place, but not stop" {
    works network_nat start
    printf '{\n  "port-forward": [] }' >/etc/xen/dom0net.json
    fails 1 network_nat start
    mentions "/etc/xen/dom0net.json:2:3: unknown key 'port-forward'"
    works network_nat stop
    claim tables "$(nft list ruleset)" ""
}

@test "wrong words are named" {
    fails 2 network_nat restart
    mentions "Valid commands are: start, stop, status"
    fails 2 network_nat start dhcp=maybe
    mentions maybe
    unchanged_by network_nat start netdev=eth7
    claim status "$status" 1
    mentions "eth7 does not exist"
}
