#!/usr/bin/env bats
# network-route: the host forwards for its guests.
# shellcheck disable=SC2016,SC2086,SC2154 # words in quotes are meant so; claims.bash has said; a command of two words

load ../support/world.sh
load ../support/claims.bash
load ../support/routed.bash

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    world_reset
    plain_host
}

network_route() { "$DOM0NET_BIN/network-route" "$@" </dev/null; }
setting() { sysctl -n "net/$1"; }

@test "S83 start: forwarding, proxy_arp and proxy_ndp of the device" {
    wire eth1 02:00:00:00:00:03
    works network_route start netdev=eth1
    claim ip_forward "$(setting ipv4/ip_forward)" 1
    claim "IPv6 forwarding" "$(setting ipv6/conf/all/forwarding)" 1
    claim "proxy_arp of eth1" "$(setting ipv4/conf/eth1/proxy_arp)" 1
    claim "proxy_ndp of eth1" "$(setting ipv6/conf/eth1/proxy_ndp)" 1
    claim "proxy_arp of eth0" "$(setting ipv4/conf/eth0/proxy_arp)" 0
}

@test "S83 a device that does not exist: exit status 1, and nothing is changed" {
    unchanged_by network_route start netdev=eth7
    claim status "$status" 1
    mentions "eth7 does not exist"
}

@test "proxy_ndp of all devices goes with it, until the last is stopped (F20)" {
    wire eth1 02:00:00:00:00:03
    works network_route start
    works network_route start netdev=eth1
    claim "proxy_ndp of all" "$(setting ipv6/conf/all/proxy_ndp)" 1
    works network_route stop netdev=eth0
    claim "proxy_ndp of all" "$(setting ipv6/conf/all/proxy_ndp)" 1
    works network_route stop
    claim "proxy_ndp of all" "$(setting ipv6/conf/all/proxy_ndp)" 0
}

@test "devices that forwarded before start do so after stop, and where all but this did, this does not" {
    wire eth1 02:00:00:00:00:03
    sysctl -qw net.ipv4.conf.eth1.forwarding=1
    net_state >/run/tmp/before
    works network_route start
    works "$DOM0NET_BIN/network-nat" start
    works network_route stop
    works "$DOM0NET_BIN/network-nat" stop
    net_state >/run/tmp/after
    same "start and stop" /run/tmp/before /run/tmp/after
    sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.eth0.forwarding=0
    works network_route start
    claim "forwarding of eth0" "$(setting ipv4/conf/eth0/forwarding)" 1
    works network_route stop
    claim "forwarding of eth0" "$(setting ipv4/conf/eth0/forwarding)" 0
    claim "forwarding of eth1" "$(setting ipv4/conf/eth1/forwarding)" 1
}

@test "stop puts back what start found" {
    net_state >/run/tmp/before
    works network_route start
    not same "start changed nothing" /run/tmp/before <(net_state)
    works network_route stop
    net_state >/run/tmp/after
    same "start and stop" /run/tmp/before /run/tmp/after
    claim records "$(ls /run/dom0net)" ""
}

@test "what was on before start stays on" {
    sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.eth0.proxy_arp=1
    works network_route start
    works network_route stop
    claim ip_forward "$(setting ipv4/ip_forward)" 1
    claim proxy_arp "$(setting ipv4/conf/eth0/proxy_arp)" 1
    claim "IPv6 forwarding" "$(setting ipv6/conf/all/forwarding)" 0
}

@test "start twice and stop once: as before" {
    net_state >/run/tmp/before
    works network_route start
    works network_route start
    works network_route stop
    net_state >/run/tmp/after
    same "start, start and stop" /run/tmp/before /run/tmp/after
}

@test "stop without start, and stop twice: exit status 0, nothing changed" {
    unchanged_by network_route stop
    claim status "$status" 0
    works network_route start
    works network_route stop
    unchanged_by network_route stop
    claim status "$status" 0
}

@test "what the administrator changed meanwhile is left alone" {
    works network_route start
    sysctl -qw net.ipv4.conf.eth0.proxy_arp=0
    sysctl -qw net.ipv6.conf.all.forwarding=0
    works network_route stop
    claim proxy_arp "$(setting ipv4/conf/eth0/proxy_arp)" 0
    claim ip_forward "$(setting ipv4/ip_forward)" 0
}

@test "two devices: the host forwards until the last is stopped" {
    wire eth1 02:00:00:00:00:03
    works network_route start
    works network_route start netdev=eth1
    works network_route stop netdev=eth0
    claim "proxy_arp of eth0" "$(setting ipv4/conf/eth0/proxy_arp)" 0
    claim "proxy_arp of eth1" "$(setting ipv4/conf/eth1/proxy_arp)" 1
    claim ip_forward "$(setting ipv4/ip_forward)" 1
    works network_route start
    works network_route stop
    claim ip_forward "$(setting ipv4/ip_forward)" 0
    claim "proxy_arp of eth1" "$(setting ipv4/conf/eth1/proxy_arp)" 0
}

@test "stop succeeds when the device is gone" {
    works network_route start
    ip link delete eth0
    works network_route stop
    claim ip_forward "$(setting ipv4/ip_forward)" 0
    claim records "$(ls /run/dom0net)" ""
}

@test "a default route that came with a router advertisement stays" {
    ip -6 route del default
    ip -6 route add default via fe80::1 dev eth0 proto ra expires 1800
    sysctl -qw net.ipv6.conf.eth0.accept_ra=1
    works network_route start
    claim accept_ra "$(setting ipv6/conf/eth0/accept_ra)" 2
    claim "default routes" "$(ip -6 -j route show default | jq length)" 1
    works network_route stop
    claim accept_ra "$(setting ipv6/conf/eth0/accept_ra)" 1
}

@test "status tells what is started, in words and as JSON" {
    works network_route status
    mentions "network-route is not started."
    works network_route start
    works network_route status
    mentions "network-route is started for eth0."
    mentions "net/ipv4/conf/all/forwarding = 1"
    works network_route status --json
    claim started "$(jq -r '.started[]' <<<"$said")" eth0
    claim setting "$(jq -r '.settings["net/ipv4/conf/eth0/proxy_arp"]' <<<"$said")" 1
}

@test "--dry-run prints sysctl's words and changes nothing" {
    unchanged_by network_route --dry-run start
    mentions "sysctl -w net/ipv4/conf/all/forwarding=1"
    mentions "sysctl -w net/ipv4/conf/eth0/proxy_arp=1"
    works network_route start
    unchanged_by network_route --dry-run stop
    mentions "sysctl -w net/ipv4/conf/all/forwarding=0"
    unchanged_by network_route --dry-run --json stop
    claim steps "$(jq -r '.[0].step' <<<"$said")" set-sysctl
}

@test "an unknown command is named, with those there are" {
    fails 2 network_route restart
    mentions "Unknown command: 'restart'"
    mentions "Valid commands are: start, stop, status"
    fails 2 network_route
    fails 2 network_route start netdev=a/b
    mentions "a/b"
}

@test "a guest of vif-route is reached over IPv4 and IPv6 once network-route is started" {
    vif 5 0
    tune_vif vif5.0
    works network_route start
    works vif_route --no-xenstore online vif=vif5.0 mac=00:16:3e:00:05:00 ip="192.0.2.50 2001:db8::50"
    guest_is_routed 5 192.0.2.50 192.0.2.2
    in_guest 5 ip address add 2001:db8::50/128 dev eth0 nodad
    in_guest 5 ip -6 route add default via fe80::1 dev eth0
    in_lan ip route del default
    works in_lan ping -c 1 -W 5 192.0.2.50
    works in_lan ping -c 1 -W 5 2001:db8::50
}

@test "a damaged record is named, and nothing is changed" {
    mkdir -p /run/dom0net
    echo '[{' >/run/dom0net/forwarding.json
    unchanged_by network_route start
    claim status "$status" 1
    mentions /run/dom0net/forwarding.json
}
