#!/usr/bin/env bats
# vif-route: a guest behind dom0, reached by routes.
# shellcheck disable=SC2016,SC2086,SC2154 # words in quotes are meant so; claims.bash has said; a command of two words

load ../support/world.sh
load ../support/claims.bash
load ../support/routed.bash

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    world_reset
    plain_host
    vif 5 0
    tune_vif vif5.0
    sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.eth0.proxy_arp=1
}

online() { as_libxl vif-route online 5 0 "$@"; }
offline() { as_libxl vif-route offline 5 0 "$@"; }

@test "S41 online: the host's address, a route to each of the guest's, connected" {
    vif_nodes 5 0 ip="192.0.2.50 198.51.100.0/28"
    works online netdev=eth0
    is_up vif5.0
    claim addresses "$(addresses_of vif5.0)" 192.0.2.2/32
    claim proxy_arp "$(sysctl -n net/ipv4/conf/vif5.0/proxy_arp)" 1
    claim routes "$(routes_of vif5.0)" "192.0.2.50 src 192.0.2.2 metric 2
198.51.100.0/28 src 192.0.2.2 metric 2"
    claim protocol "$(ip -j route show dev vif5.0 | jq -r '[.[].protocol] | unique | join(" ")')" 208
    connected 5 0
}

@test "a guest that is routed to reaches the network beyond, and is reached" {
    vif_nodes 5 0 ip="192.0.2.50"
    works online
    guest_is_routed 5 192.0.2.50 192.0.2.2
    in_lan ip route del default
    works in_guest 5 ping -c 1 -W 2 192.0.2.1
    works in_lan ping -c 1 -W 2 192.0.2.50
}

@test "an IPv6 guest reaches the network beyond through fe80::1, and is found there by neighbour discovery" {
    vif_nodes 5 0 ip="2001:db8::50"
    works online
    in_guest 5 ip address add 2001:db8::50/128 dev eth0 nodad
    in_guest 5 ip -6 route add default via fe80::1 dev eth0
    works in_lan ping -c 1 -W 5 2001:db8::50
    works in_guest 5 ping -c 1 -W 5 2001:db8::1
}

@test "S42 add: the emulated card's routes are preferred, and the vif's are used when it is gone" {
    vif_nodes 5 0 ip=192.0.2.50 type=vif_ioemu
    works online
    tap vif5.0-emu
    works as_libxl vif-route add 5 0
    claim routes "$(routes_of vif5.0-emu)" "192.0.2.50 src 192.0.2.2 metric 1"
    claim "way to the guest" "$(way_to 192.0.2.50)" vif5.0-emu
    claim "hotplug-status" "$(status_of 5 0)" connected
    works as_libxl vif-route remove 5 0
    claim "way to the guest" "$(way_to 192.0.2.50)" vif5.0
    works as_libxl vif-route add 5 0
    ip link delete vif5.0-emu
    claim "way to the guest" "$(way_to 192.0.2.50)" vif5.0
    works as_libxl vif-route remove 5 0
}

@test "S43 offline: nothing of it is left but the interface, down" {
    vif_nodes 5 0 ip="192.0.2.50 2001:db8::50"
    works online
    works offline
    not is_up vif5.0
    claim addresses "$(addresses_of vif5.0)" ""
    claim routes "$(routes_of vif5.0)" ""
    claim proxies "$(ip -6 neighbour show proxy)" ""
    claim proxy_arp "$(sysctl -n net/ipv4/conf/vif5.0/proxy_arp)" 0
}

@test "S43b offline: succeeds when the interface is gone, and takes the proxy entry away" {
    vif_nodes 5 0 ip="192.0.2.50 2001:db8::50"
    works online
    claim proxies "$(ip -6 -j neighbour show proxy | jq -r '.[].dst')" 2001:db8::50
    ip link delete vif5.0
    works offline
    claim proxies "$(ip -6 neighbour show proxy)" ""
}

@test "S43c offline: succeeds when the gateway device has lost its address, or is gone" {
    vif_nodes 5 0 ip=192.0.2.50
    works online netdev=eth0
    ip address flush dev eth0
    works offline netdev=eth0
    claim routes "$(routes_of vif5.0)" ""
    works as_libxl vif-route offline 5 0 netdev=eth0
    vif 6 0
    vif_nodes 6 0 ip=192.0.2.60
    ip address add 192.0.2.2/24 dev eth0
    works as_libxl vif-route online 6 0 netdev=eth0
    ip link delete eth0
    works as_libxl vif-route offline 6 0 netdev=eth0
    not is_up vif6.0
    works offline netdev=eth0
    not is_up vif5.0
}

@test "S44 a gateway device without IPv4 address is named, and nothing is changed" {
    ip address flush dev eth0
    vif_nodes 5 0 ip=192.0.2.50
    net_state >/run/tmp/before
    fails 1 online netdev=eth0
    net_state >/run/tmp/after
    same "the kernel" /run/tmp/before /run/tmp/after
    refused 5 0 "eth0 has no IPv4 address"
}

@test "a gateway device that does not exist is named" {
    vif_nodes 5 0 ip=192.0.2.50
    fails 1 online netdev=eth7
    refused 5 0 "eth7 does not exist"
}

@test "S45 without a gateway device it is eth0, and where that has no address the one of the default route" {
    vif_nodes 5 0 ip=192.0.2.50
    works online netdev=
    claim addresses "$(addresses_of vif5.0)" 192.0.2.2/32
    bridge br0
    ip address flush dev eth0
    ip address add 203.0.113.7/24 dev br0
    ip route add default via 203.0.113.1 dev br0
    works online
    claim addresses "$(addresses_of vif5.0)" 203.0.113.7/32
    claim routes "$(routes_of vif5.0)" "192.0.2.50 src 203.0.113.7 metric 2"
}

@test "S46 netdev= is honoured, as an argument and in the environment" {
    bridge br0
    ip address add 203.0.113.7/24 dev br0
    vif_nodes 5 0 ip=192.0.2.50
    works online netdev=br0
    claim addresses "$(addresses_of vif5.0)" 203.0.113.7/32
}

@test "S47 online twice: the same routes, exit status 0" {
    vif_nodes 5 0 ip="192.0.2.50 2001:db8::50"
    works online
    kernel_and_store >/run/tmp/once
    works online
    kernel_and_store >/run/tmp/twice
    same "the second online" /run/tmp/once /run/tmp/twice
}

@test "online with other addresses replaces the routes" {
    vif_nodes 5 0 ip="192.0.2.50 192.0.2.51"
    works online
    xenstore-write "$(backend_of 5 0)/ip" "192.0.2.51 192.0.2.52"
    works online
    claim routes "$(routes_of vif5.0)" "192.0.2.51 src 192.0.2.2 metric 2
192.0.2.52 src 192.0.2.2 metric 2"
}

@test "S48 host bits of a prefix are masked off" {
    vif_nodes 5 0 ip="10.9.0.5/24 2001:db8:5::7/64"
    works online
    claim routes "$(routes_of vif5.0)" "10.9.0.0/24 src 192.0.2.2 metric 2
2001:db8:5::/64 src 2001:db8::2 metric 2"
}

@test "S49 without ip: the address and proxy_arp, no route" {
    vif_nodes 5 0
    works online
    claim addresses "$(addresses_of vif5.0)" 192.0.2.2/32
    claim proxy_arp "$(sysctl -n net/ipv4/conf/vif5.0/proxy_arp)" 1
    claim routes "$(routes_of vif5.0)" ""
    connected 5 0
}

@test "S50 the first primary address is the gateway's, of a peer's address the local half" {
    ip address flush dev eth0
    ip address add 10.77.0.2 peer 10.77.0.1/32 dev eth0
    ip address add 192.0.2.2/24 dev eth0
    ip address add 192.0.2.3/24 dev eth0
    vif_nodes 5 0 ip=192.0.2.50
    works online
    claim routes "$(routes_of vif5.0)" "192.0.2.50 src 10.77.0.2 metric 2"
    ip address del 10.77.0.2 peer 10.77.0.1/32 dev eth0
    works online
    claim routes "$(routes_of vif5.0)" "192.0.2.50 src 192.0.2.2 metric 2"
}

@test "S51 IPv6: a route, proxy_ndp on both sides, a proxy neighbour for a single address only" {
    vif_nodes 5 0 ip="2001:db8::50 2001:db8:5::/64"
    works online
    claim routes "$(routes_of vif5.0)" "2001:db8:5::/64 src 2001:db8::2 metric 2
2001:db8::50 src 2001:db8::2 metric 2"
    claim "proxy_ndp of the vif" "$(sysctl -n net/ipv6/conf/vif5.0/proxy_ndp)" 1
    claim "proxy_ndp of eth0" "$(sysctl -n net/ipv6/conf/eth0/proxy_ndp)" 1
    claim proxies "$(ip -6 -j neighbour show proxy | jq -r '.[] | "\(.dst) \(.dev)"')" "2001:db8::50 eth0"
}

@test "the vif's offline leaves the proxy entry that the emulated card still needs" {
    vif_nodes 5 0 ip=2001:db8::50 type=vif_ioemu
    works online
    tap vif5.0-emu
    works as_libxl vif-route add 5 0
    works offline
    claim proxies "$(ip -6 -j neighbour show proxy | jq -r '.[].dst')" 2001:db8::50
    works as_libxl vif-route remove 5 0
    claim proxies "$(ip -6 neighbour show proxy)" ""
}

proxying() { echo "$(sysctl -n net.ipv6.conf.all.proxy_ndp) $(sysctl -n net.ipv6.conf.eth0.proxy_ndp)"; }

@test "proxy_ndp of the gateway device and of all is on while a guest needs it, then as before (F20)" {
    local domid
    for domid in 5 6 7; do
        vif_nodes "$domid" 0 ip="2001:db8::5$domid"
        ip link show "vif$domid.0" >/dev/null 2>&1 || vif "$domid" 0
        works as_libxl vif-route online "$domid" 0
        claim "proxy_ndp" "$(proxying)" "1 1"
    done
    works as_libxl vif-route offline 6 0
    claim "proxy_ndp" "$(proxying)" "1 1"
    ip link delete vif7.0 # and nobody says so
    works as_libxl vif-route offline 5 0
    claim "proxy_ndp" "$(proxying)" "1 1"
    works dom0net gc
    claim "proxy_ndp after gc" "$(proxying)" "0 0"
    works online
    works offline
    claim "proxy_ndp after the last" "$(proxying)" "0 0"
    claim "records" "$(ls /run/dom0net/forwarding.json 2>/dev/null)" ""
}

@test "proxy_ndp that was on before the first guest stays on (F20)" {
    sysctl -qw net.ipv6.conf.eth0.proxy_ndp=1
    vif_nodes 5 0 ip=2001:db8::50
    works online
    works offline
    claim "proxy_ndp" "$(proxying)" "0 1"
}

@test "twenty guests with IPv6 come and go at once: proxy_ndp is on while there is one (F20)" {
    local domid pids=() pid
    for domid in {11..30}; do
        vif "$domid" 0
        vif_nodes "$domid" 0 ip="2001:db8::$domid"
    done
    for domid in {11..20}; do works as_libxl vif-route online "$domid" 0; done
    for domid in {11..20}; do
        as_libxl vif-route offline "$domid" 0 3>&- & pids+=($!)
        as_libxl vif-route online "$((domid + 10))" 0 3>&- & pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    claim "proxy_ndp" "$(proxying)" "1 1"
    for domid in {21..30}; do
        as_libxl vif-route offline "$domid" 0 3>&- & pids+=($!)
    done
    wait
    claim "proxy_ndp" "$(proxying)" "0 0"
}

# Hosting guides have IPv6 off by default, and on where it is needed.
@test "IPv6 that new interfaces do not have is switched on for a guest that asks for it, there alone (F5)" {
    sysctl -qw net.ipv6.conf.default.disable_ipv6=1
    local domid
    for domid in 6 7 8; do vif "$domid" 0; done
    vif_nodes 6 0 ip="192.0.2.60 2001:db8::60"
    vif_nodes 7 0 ip="192.0.2.70"
    vif_nodes 8 0 ip="2001:db8::80" vifname=web0
    for domid in 6 7 8; do works as_libxl vif-route online "$domid" 0; done
    claim "disable_ipv6" "$(ipv6_is_off vif6.0 vif7.0 web0 eth0 default)" "0 1 0 0 1"
    in_guest 6 ip address add 2001:db8::60/128 dev eth0 nodad
    in_guest 6 ip -6 route add default via fe80::1 dev eth0
    works in_guest 6 ping -c 1 -W 5 2001:db8::1
    works as_libxl vif-route online 6 0
    for domid in 6 7 8; do works as_libxl vif-route offline "$domid" 0; done
    claim "disable_ipv6" "$(ipv6_is_off vif6.0 vif7.0 web0 eth0 default)" "1 1 1 0 1"
}

ipv6_is_off() {
    local device
    for device; do cat "/proc/sys/net/ipv6/conf/$device/disable_ipv6"; done | paste -sd ' '
}

@test "a guest without IPv6 in ip= finds no address and no service of the host's on its link (F8)" {
    command -v socat >/dev/null || skip "socat is not installed"
    ip link set vif5.0 up # has the kernel's own address, as after a start that somebody else made
    poll 5 link_local_ready vif5.0
    local made other
    made=$(ip -6 -j address show dev vif5.0 scope link | jq -r '[.[].addr_info[]?][0].local')
    socat tcp6-listen:7777,fork,reuseaddr 'system:read -r question; echo host' 3>&- &
    local server=$!
    poll 5 sh -c "ss -lnt | grep -q ':7777 '"
    poll 5 in_guest 5 sh -c 'ip -6 -o address show dev eth0 scope link | grep -v tentative | grep -q inet6'
    claim "before" "$(asked_by_guest "$made%eth0")" host
    vif_nodes 5 0 ip=192.0.2.50
    works online
    claim "IPv6 addresses" "$(ip -6 -o address show dev vif5.0)" ""
    in_guest 5 ip -6 route add 2001:db8::/32 dev eth0
    for other in "$made" 2001:db8::2; do
        in_guest 5 ip -6 neighbour replace "$other" lladdr "$(mac_of vif5.0)" dev eth0
    done
    for other in "$made%eth0" 2001:db8::2; do
        claim "what $other answers" "$(asked_by_guest "$other")" ""
    done
    vif_nodes 5 0 # nor where nothing is filtered
    works online
    claim "IPv6 addresses" "$(ip -6 -o address show dev vif5.0)" ""
    for other in "$made%eth0" 2001:db8::2; do
        claim "what $other answers" "$(asked_by_guest "$other")" ""
    done
    kill "$server"
}

asked_by_guest() { in_guest 5 timeout 3 socat -t 1 - "tcp6:[$1]:7777,connect-timeout=1" 2>/dev/null 3>&- <<<'who?' || true; }

@test "a new interface of a guest with IPv6 has dom0's addresses and no others" {
    vif_nodes 5 0 ip="192.0.2.50 2001:db8::50"
    works online
    claim "IPv6 addresses" "$(ip -6 -j address show dev vif5.0 | jq -r '[.[].addr_info[]?.local] | sort | join(" ")')" \
        "2001:db8::2 fe80::1"
}

@test "a router that checks its neighbour by unicast is answered at once (F20)" {
    vif_nodes 5 0 ip=2001:db8::50
    works online
    in_guest 5 ip address add 2001:db8::50/128 dev eth0 nodad
    in_guest 5 ip -6 route add default via fe80::1 dev eth0
    works in_lan ping -c 1 -W 5 2001:db8::50
    in_lan ip -6 neighbour replace 2001:db8::50 lladdr "$(mac_of eth0)" dev eth0 nud probe
    poll 2 neighbour_is_reachable
}

neighbour_is_reachable() { in_lan ip -6 neighbour show 2001:db8::50 dev eth0 | grep -q REACHABLE; }

@test "what is the host's or nobody's is routed to no guest (S32)" {
    local words
    for words in 192.0.2.1 192.0.2.2 192.0.2.255 192.0.2.0/24 192.0.2.0/30 0.0.0.0/0 "0.0.0.0/1 128.0.0.0/1" \
        "192.0.2.50 0.0.0.0/0" "::/0" "::/1 8000::/1" 224.0.0.5 224.0.0.0/4 127.0.0.1 127.1.2.3 0.0.0.0 255.255.255.255 \
        "::" "::1" "ff02::1" "::ffff:192.0.2.50" "2001:db8::1" "2001:db8::2" "2001:db8::/64" "2000::/3" "fe80::1" 198.18.0.1; do
        ip address replace 198.18.0.1/32 dev lo # an address that is on no card
        vif_nodes 5 0 ip="$words"
        net_state >/run/tmp/before
        fails 1 online
        net_state >/run/tmp/after
        same "the kernel, with $words" /run/tmp/before /run/tmp/after
        refused 5 0 "cannot be routed to a guest"
    done
    ip address delete 198.18.0.1/32 dev lo
    vif_nodes 5 0 ip="192.0.2.50 198.51.100.0/24 2001:db8:5::/48 fe80::/64"
    works online
}

@test "words of ip that are no addresses: one sentence, nothing changed" {
    local words
    for words in "www.example.org" "192.0.2.50 nonsense" "192.0.2.50/33" "2001:db8::/129" "192.0.2.50,,192.0.2.51" "1.2.3"; do
        vif_nodes 5 0 ip="$words"
        net_state >/run/tmp/before
        fails 1 online
        net_state >/run/tmp/after
        same "the kernel" /run/tmp/before /run/tmp/after
        refused 5 0 "ip"
    done
}

@test "vifname: the interface is renamed, routed to under its new name, and goes down under it" {
    vif_nodes 5 0 ip="192.0.2.50 2001:db8::50" vifname=web0
    works online
    claim routes "$(routes_of web0)" "192.0.2.50 src 192.0.2.2 metric 2
2001:db8::50 src 2001:db8::2 metric 2"
    claim proxy_arp "$(sysctl -n net/ipv4/conf/web0/proxy_arp)" 1
    works online
    claim routes "$(routes_of web0)" "192.0.2.50 src 192.0.2.2 metric 2
2001:db8::50 src 2001:db8::2 metric 2"
    works offline
    not is_up web0
    claim routes "$(routes_of web0)" ""
}

@test "a vif that is up when vifname asks for another name keeps none of its old routes" {
    vif_nodes 5 0 ip="192.0.2.50 2001:db8::50"
    works online
    xenstore-write "$(backend_of 5 0)/vifname" web0
    works online
    claim routes "$(routes_of web0)" "192.0.2.50 src 192.0.2.2 metric 2
2001:db8::50 src 2001:db8::2 metric 2"
    claim addresses "$(addresses_of web0 | sort)" "192.0.2.2/32
2001:db8::2/128"
}

@test "mtu: the interface and the front end are told" {
    vif_nodes 5 0 ip=192.0.2.50 mtu=1400
    works online
    claim mtu "$(mtu_of vif5.0)" 1400
    claim "the front end's mtu" "$(store_read "$(frontend_of 5 0)/mtu")" 1400
}

@test "a failure after the routes are laid is undone" {
    printf '#!/bin/sh\nip route show proto 208 >/run/tmp/routes\nexit 3\n' >/etc/xen/scripts/vif-post.d/1.hook
    chmod +x /etc/xen/scripts/vif-post.d/1.hook
    vif_nodes 5 0 ip="192.0.2.50 2001:db8::50"
    ip link set vif5.0 up # once a link has been up, the kernel leaves traces of that
    ip link set vif5.0 down
    net_state >/run/tmp/before
    fails 1 online
    net_state >/run/tmp/after
    same "the kernel" /run/tmp/before /run/tmp/after
    claim "what the hook saw" "$(grep -c vif5.0 /run/tmp/routes)" 1
    refused 5 0 "1.hook failed with exit status 3"
}

@test "--dry-run prints ip's words and changes nothing; without the store words do" {
    unchanged_by vif_route --no-xenstore --dry-run online vif=vif5.0 mac=00:16:3e:00:05:00 ip="192.0.2.50 2001:db8::50"
    claim status "$status" 0
    mentions "sysctl -w net/ipv4/conf/vif5.0/proxy_arp=1"
    mentions "ip link set dev vif5.0 group 209 up"
    mentions "ip address add 192.0.2.2/32 dev vif5.0"
    mentions "ip route add 192.0.2.50 dev vif5.0 proto 208 scope link src 192.0.2.2 metric 2"
    mentions "ip neighbour add proxy 2001:db8::50 dev eth0"
    works vif_route --no-xenstore online vif=vif5.0 mac=00:16:3e:00:05:00 ip=192.0.2.50
    claim routes "$(routes_of vif5.0)" "192.0.2.50 src 192.0.2.2 metric 2"
}

@test "hooks are told main_ip" {
    printf '#!/bin/sh\necho "$command $dev $main_ip $ip" >/run/tmp/hook\n' >/etc/xen/scripts/vif-post.d/1.hook
    chmod +x /etc/xen/scripts/vif-post.d/1.hook
    vif_nodes 5 0 ip=192.0.2.50
    works online
    claim "what the hook was told" "$(cat /run/tmp/hook)" "online vif5.0 192.0.2.2 192.0.2.50"
}

@test "twenty guests at once" {
    local domid pids=()
    for domid in {11..30}; do
        vif "$domid" 0
        vif_nodes "$domid" 0 ip="192.0.2.$domid 2001:db8::$domid"
    done
    for domid in {11..30}; do
        as_libxl vif-route online "$domid" 0 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    claim "routes of ours" "$(ip route show proto 208 | wc -l) $(ip -6 route show proto 208 | wc -l)" "20 20"
    for domid in {11..30}; do
        works as_libxl vif-route offline "$domid" 0
    done
    claim "routes of ours" "$(ip route show proto 208; ip -6 route show proto 208; ip -6 neighbour show proxy)" ""
}
