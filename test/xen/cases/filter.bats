#!/usr/bin/env bats
# ip= in a guest's configuration: what a guest sends from another address is not heard.
# shellcheck disable=SC2154

load ../dom0.bash

setup() {
    begin_with bridged_dom0
    kept_guest g1
    remember
    attach 5 bridge=xenbr0 ip="192.0.2.51 2001:db8::51"
    connected "$id" 5
    its_card 192.0.2.51/24 2001:db8::51/64 192.0.2.66/24 2001:db8::66/64
}

# unheard ADDRESS LAN: neither does the LAN find it, nor does a frame from it come back.
unheard() {
    not lan_pings "$1"
    not in_domain ping -c 1 -W 1 -I "$1" "$2"
}

heard() {
    lan_reaches 192.0.2.51
    lan_reaches 2001:db8::51
}

dropped() {
    "$DOM0NET_SBIN/dom0net" drops --vif "vif$id.5" --json | grep -q '[1-9]'
}

@test "a false IPv4 or IPv6 address is not heard, the guest's own are; drops are counted, and detach leaves nothing" {
    heard
    unheard 192.0.2.66 192.0.2.1
    unheard 2001:db8::66 2001:db8::1
    heard
    dropped
    detach 5
    as_before "something is left"
}

@test "a false MAC address is not heard" {
    heard
    in_domain "ip link set eth0 down; ip link set eth0 address 00:16:3e:66:66:66; ip link set eth0 up"
    not lan_pings 192.0.2.51
    not in_domain ping -c 1 -W 1 192.0.2.1
    in_domain "ip link set eth0 down; ip link set eth0 address $(guest_mac "$id" 5); ip link set eth0 up"
    lan_reaches 192.0.2.51
}
