#!/usr/bin/env bats
# What a host learns from router advertisements is the kernel's to keep: on the bridge after start, on the card after stop.
# shellcheck disable=SC2030,SC2031,SC2154 # world.sh has the names

load ../support/world.sh
load ../support/claims.bash

setup() {
    world_reset
    sysctl -qw net.ipv6.conf.default.use_tempaddr=0
}

teardown() {
    [[ -z ${router_pid:-} ]] || {
        kill "$router_pid"
        wait "$router_pid" 2>/dev/null || true
    }
}

has_route() { [[ -n $(ip -6 route show default dev "$1" "${@:2}") ]]; }
has_no_route() { ! has_route "$@"; }
has_address() { addresses_of "$1" | grep -q "^2001:db8:"; }
advertise() { in_lan "$DOM0NET_SUPPORT/advertise" eth0 "$@"; }
lifetime() { ip -j -6 address show dev "$1" | jq -r "[.[].addr_info[] | select(.local == \"$2\")][0].valid_life_time"; }
temporary_of() { ip -j -6 address show dev "$1" | jq -r '.[].addr_info[] | select(.temporary) | .local'; }
lives_longer() { (($(lifetime "$1" "$2") > $3)); }

# A host that has all it knows of IPv6 from a router, which from then on is silent.
learned_host() {
    wire eth0
    in_lan ip address add 2001:db8::1/64 dev eth0 nodad
    ip address add 192.0.2.2/24 dev eth0
    poll 5 link_local_ready eth0
    advertise prefix=2001:db8::/64,600,300
    poll 5 has_address eth0
    poll 5 has_route eth0 proto ra
}

# router_serves WORD...: a router that answers solicitations.
router_serves() {
    in_lan "$DOM0NET_SUPPORT/advertise" eth0 serve "$@" 3>&- >/run/tmp/router </dev/null &
    router_pid=$!
    poll 5 grep -q ready /run/tmp/router
}

ipv6_of() {
    ip -6 -d route show dev "$1" | sed 's/expires [0-9]*sec/limited/' | sort
    ip -6 -d address show dev "$1" | sed -n 's/\(valid_lft\|preferred_lft\) [0-9]*sec/\1 limited/g; /inet6/,$p' | sort
}

# learns_on DEVICE: address, route and lifetimes of a further advertisement are taken, once each, and a router resigns.
learns_on() {
    local address=2001:db8::ff:fe00:2
    claim "addresses on $1" "$(ip -6 -o address show dev "$1" scope global | wc -l)" 1
    advertise prefix=2001:db8::/64,7000,5000 hops=33 mtu=1400
    poll 5 lives_longer "$1" "$address" 6000
    poll 5 has_route "$1" proto ra metric 1024
    claim "default routes on $1" "$(ip -6 route show default dev "$1" | wc -l)" 1
    claim "managing address on $1" "$(ip -6 -o address show dev "$1" scope global mngtmpaddr | wc -l)" 1
    claim "prefix routes on $1" "$(ip -6 route show 2001:db8::/64 dev "$1" | wc -l)" 1
    claim "the advertised mtu on $1" "$(cat "/proc/sys/net/ipv6/conf/$1/mtu")" 1400
    claim "the advertised hop limit on $1" "$(cat "/proc/sys/net/ipv6/conf/$1/hop_limit")" 33
    advertise prefix=2001:db8:9::/64,600,300
    poll 5 lives_longer "$1" 2001:db8:9::ff:fe00:2 1
}

@test "what was advertised goes on being renewed on the bridge, and a router that resigns is believed (F1)" {
    learned_host
    works network_bridge start
    has_route xenbr0
    has_no_route eth0
    learns_on xenbr0
    advertise router=0
    poll 5 has_no_route xenbr0
}

@test "what was advertised goes on being renewed on the card after stop (F1)" {
    learned_host
    works network_bridge start
    works network_bridge stop
    has_route eth0
    learns_on eth0
    advertise router=0
    poll 5 has_no_route eth0
}

@test "a router that resigns after the move, before it advertised anything, is believed (F1)" {
    learned_host
    works network_bridge start
    advertise router=0
    poll 5 has_no_route xenbr0
}

@test "a router that answers is asked, and the entries are what they were, there and back (F1)" {
    learned_host
    router_serves prefix=2001:db8::/64,600,300
    ipv6_of eth0 >/run/tmp/before
    works network_bridge start
    poll 5 has_route xenbr0 proto ra metric 1024
    ipv6_of xenbr0 | sed 's/xenbr0/eth0/' >/run/tmp/now
    same "IPv6 of the bridge" /run/tmp/before /run/tmp/now
    works network_bridge stop
    poll 5 has_route eth0 proto ra metric 1024
    ipv6_of eth0 >/run/tmp/now
    same "IPv6 of the card" /run/tmp/before /run/tmp/now
}

@test "a host that forwards learns with accept_ra=2, on the bridge too (F1)" {
    wire eth0
    sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.eth0.accept_ra=2
    poll 5 link_local_ready eth0
    advertise prefix=2001:db8::/64,600,300
    poll 5 has_route eth0 proto ra
    works network_bridge start netdev=eth0
    learns_on xenbr0
}

@test "a default route with a lifetime that somebody set is no advertised one (F1)" {
    plain_host
    ip -6 route replace default via 2001:db8::1 proto ra metric 1024 expires 900
    works network_bridge start
    claim "route" "$(ip -6 route show default metric 1024 dev xenbr0 | sed 's/expires.*//')" \
        "default via 2001:db8::1 proto ra "
}

@test "what is open from a temporary address stays open, and a new one is made (F2)" {
    local old
    wire eth0
    sysctl -qw net.ipv6.conf.eth0.use_tempaddr=2
    poll 5 link_local_ready eth0
    advertise prefix=2001:db8::/64,600,300
    poll 5 has_route eth0 proto ra
    old=$(temporary_of eth0)
    works network_bridge start netdev=eth0
    claim "the old one's lifetime is limited" "$(($(lifetime xenbr0 "$old") <= 600))" 1
    ip -6 -o address show dev xenbr0 deprecated | grep -q "$old"
    claim "temporary ones" "$(ip -6 -o address show dev xenbr0 temporary | wc -l)" 1
    claim "on the card" "$(ip -6 -o address show dev eth0 scope global)" ""
    old=$(temporary_of xenbr0)
    works network_bridge stop
    ip -6 -o address show dev eth0 deprecated | grep -q "$old"
    claim "temporary ones" "$(ip -6 -o address show dev eth0 temporary | wc -l)" 1
}

@test "settings of the card are the bridge's, whether or not there is a folder of defaults (F4)" {
    plain_host
    sysctl -qw net.ipv4.neigh.eth0.gc_stale_time=71 net.ipv6.neigh.eth0.ucast_solicit=5 net.ipv4.conf.eth0.arp_ignore=1
    works network_bridge start
    claim "gc_stale_time" "$(cat /proc/sys/net/ipv4/neigh/xenbr0/gc_stale_time)" 71
    claim "ucast_solicit" "$(cat /proc/sys/net/ipv6/neigh/xenbr0/ucast_solicit)" 5
    claim "arp_ignore" "$(cat /proc/sys/net/ipv4/conf/xenbr0/arp_ignore)" 1
    works network_bridge stop
    claim "gc_stale_time" "$(cat /proc/sys/net/ipv4/neigh/eth0/gc_stale_time)" 71
}
