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
    reply=$(answered_by in_lan 5 tcp 80 192.0.2.2 8080)
    claim "TCP over IPv4" "$reply" guest5
    reply=$(answered_by in_lan 5 tcp6 80 '[2001:db8::2]' 8080)
    claim "TCP over IPv6" "$reply" guest5
    reply=$(answered_by in_lan 5 udp 5001 192.0.2.2 5001)
    claim "UDP" "$reply" guest5
}

@test "ports are forwarded for the host itself and for guests too, by the host's address, a guest's own included (F12)" {
    cat >/etc/xen/dom0net.json <<'END'
{ "port-forwards": [ { "port": 8080, "to": "10.0.5.1", "to-port": 80 },
                     { "port": 8080, "to": "fd64:6f6d:3000:5::1", "to-port": 80 } ] }
END
    works network_nat start
    nat_guest 5
    nat_guest 6
    vif 7 0
    tune_vif vif7.0
    works vif_route --no-xenstore online vif=vif7.0 mac=00:16:3e:00:07:00 ip="192.0.2.70 2001:db8::70"
    guest_is_routed 7 192.0.2.70 192.0.2.2
    in_guest 7 ip address add 2001:db8::70/128 dev eth0 nodad
    in_guest 7 ip -6 route add default via fe80::1 dev eth0
    local who
    for who in env "in_guest 6" "in_guest 5" "in_guest 7"; do
        claim "IPv4, by $who" "$(answered_by "$who" 5 tcp 80 192.0.2.2 8080)" guest5
        claim "IPv6, by $who" "$(answered_by "$who" 5 tcp6 80 '[2001:db8::2]' 8080)" guest5
    done
}

@test "the host's loopback addresses, and what is the guests' router only, are not forwarded" {
    echo '{ "port-forwards": [ { "port": 8080, "to": "10.0.5.1", "to-port": 80 } ] }' >/etc/xen/dom0net.json
    works network_nat start
    nat_guest 5
    nat_guest 6
    claim "by the loopback address" "$(answered_by env 5 tcp 80 127.0.0.1 8080)" ""
    claim "by the router's address" "$(answered_by "in_guest 6" 5 tcp 80 10.0.6.128 8080)" ""
}

# seen_from GUEST: the address by which the LAN sees the guest's connection.
seen_from() {
    command -v socat >/dev/null || skip "socat is not installed"
    in_guest "$1" timeout 10 socat -t 5 - tcp:192.0.2.1:9000,connect-timeout=3 3>&- <<<'who?' || true
}

# Bridged guests are asked about as Docker leaves a host: br_netfilter is on.
@test "only what vif-nat serves is translated, not a routed nor a bridged guest (F13)" {
    [[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]] || skip "this kernel has no br_netfilter"
    works network_bridge start netdev=eth0 bridge=xenbr0
    sysctl -qw net.bridge.bridge-nf-call-iptables=1
    works network_nat start netdev=xenbr0
    works "$DOM0NET_BIN/network-route" start netdev=xenbr0
    nat_guest 5
    vif 6 0
    works vif_route --no-xenstore online vif=vif6.0 netdev=xenbr0 mac=00:16:3e:00:06:00 ip=192.0.2.60
    guest_is_routed 6 192.0.2.60 192.0.2.2
    vif 7 0
    vif_nodes 7 0
    works as_libxl vif-bridge online 7 0
    in_guest 7 ip address add 192.0.2.70/24 dev eth0
    ip netns exec lan socat tcp-listen:9000,fork,reuseaddr 'system:read -r question; echo $SOCAT_PEERADDR' 3>&- &
    local server=$!
    poll 5 in_lan sh -c "ss -lnt | grep -q ':9000 '"
    claim "the guest of vif-nat" "$(seen_from 5)" 192.0.2.2
    claim "the guest of vif-route" "$(seen_from 6)" 192.0.2.60
    claim "the guest of vif-bridge" "$(seen_from 7)" 192.0.2.70
    kill "$server"
    sysctl -qw net.bridge.bridge-nf-call-iptables=0
    works network_bridge stop --force
}

@test "where the host's FORWARD chain drops what it forwards, start and status say so, with the cure" {
    works network_nat start
    claim "warnings" "$(grep -c warning <<<"$said" || true)" 0
    nft add table ip filter
    nft add chain ip filter FORWARD '{ type filter hook forward priority 0; policy drop; }'
    works network_nat start
    mentions 'warning: IPv4 from and to guests is dropped'
    mentions 'iptables -I FORWARD -i vif+ -j ACCEPT'
    works network_nat status
    mentions 'warning: IPv4'
    works network_nat status --json
    claim "warnings" "$(jq '.warnings | length' <<<"$said")" 1
    works "$DOM0NET_BIN/network-route" start
    mentions 'warning: IPv4'
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
