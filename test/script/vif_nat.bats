#!/usr/bin/env bats
# vif-nat: a guest with an address that nobody has to hand out.
# shellcheck disable=SC2016,SC2086,SC2154 # words in quotes are meant so; claims.bash has said; a command of two words

load ../support/world.sh
load ../support/claims.bash
load ../support/routed.bash

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    world_reset
    plain_host
    nat_vif 5 0
    rm -rf /etc/dhcp /etc/dhcp3 /etc/dhcpd.conf /etc/init.d/isc-dhcp-server /etc/sysconfig/dhcpd /etc/default/dhcp-server \
        /etc/default/isc-dhcp-server /run/dnsmasq.pid
}

# nat_vif DOMID DEVID
nat_vif() {
    vif "$1" "$2"
    tune_vif "vif$1.$2"
}

online() { as_libxl vif-nat online 5 0 "$@"; }
offline() { as_libxl vif-nat offline 5 0 "$@"; }
addresses4_of() { addresses_of "$1" | grep -v : || true; }
routes4_of() { routes_of "$1" | grep -v ^fd || true; }

# isc_dhcpd: the files of ISC's server; its restart is counted.
isc_dhcpd() {
    mkdir -p /etc/dhcp /etc/default /etc/init.d
    printf 'subnet 10.0.0.0 netmask 255.255.0.0 { }\n' >/etc/dhcp/dhcpd.conf
    printf '#!/bin/sh\necho "$@" >>/run/tmp/restarts\nexit 1\n' >/etc/init.d/isc-dhcp-server
    chmod +x /etc/init.d/isc-dhcp-server
    printf '# interfaces\nINTERFACES="eth0"\n' >/etc/default/dhcp-server
    rm -f /run/tmp/restarts
}

restarts() { wc -l </run/tmp/restarts; }

@test "S52 the address of domain 5 is 10.0.5.1, its router's 10.0.5.128" {
    vif_nodes 5 0
    works online
    claim addresses "$(addresses4_of vif5.0)" 10.0.5.128/32
    claim routes "$(routes4_of vif5.0)" "10.0.5.1 src 10.0.5.128 metric 2"
    claim proxy_arp "$(sysctl -n net/ipv4/conf/vif5.0/proxy_arp)" 1
    is_up vif5.0
    connected 5 0
}

@test "S53 the address of domain 300's third interface is 10.1.44.3, its router's 10.1.44.130" {
    nat_vif 300 2
    vif_nodes 300 2
    works as_libxl vif-nat online 300 2
    claim addresses "$(addresses4_of vif300.2)" 10.1.44.130/32
    claim routes "$(routes4_of vif300.2)" "10.1.44.3 src 10.1.44.130 metric 2"
}

@test "S54 with ip=10.1.1.5/24 the router is 10.1.1.132" {
    vif_nodes 5 0 ip=10.1.1.5/24
    works online
    claim addresses "$(addresses_of vif5.0)" 10.1.1.132/32
    claim routes "$(routes_of vif5.0)" "10.1.1.5 src 10.1.1.132 metric 2"
}

@test "S55 an address that leaves no room for the router's is named, with the cure" {
    vif_nodes 5 0 ip=10.1.1.200/24
    fails 1 online
    refused 5 0 "10.1.1.200"
    mentions "at most 128"
    claim addresses "$(addresses_of vif5.0)" ""
}

@test "S56 online again: nothing doubled, connected" {
    vif_nodes 5 0 ip="10.1.1.5 fd00::5"
    works online
    poll 5 is_operational vif5.0 # the kernel tells of a carrier a moment later
    net_state >/run/tmp/once
    xenstore-write "$(backend_of 5 0)/hotplug-status" ""
    works online
    net_state >/run/tmp/twice
    same "the second online" /run/tmp/once /run/tmp/twice
    connected 5 0
}

@test "S57 vif5.1 is configured although vif5.10 has a route" {
    nat_vif 5 10
    vif_nodes 5 10
    works as_libxl vif-nat online 5 10
    nat_vif 5 1
    vif_nodes 5 1
    works as_libxl vif-nat online 5 1
    claim routes "$(routes4_of vif5.1)" "10.0.5.2 src 10.0.5.129 metric 2"
    connected 5 1
}

@test "S58 without frontend-id or handle: exit status 1, and xenstore is told which" {
    vif_nodes 5 0 frontend-id=
    fails 1 online
    refused 5 0 frontend-id
    xenstore-write "$(backend_of 5 0)/frontend-id" 5
    xenstore-rm "$(backend_of 5 0)/handle"
    fails 1 online
    refused 5 0 handle
    claim addresses "$(addresses_of vif5.0)" ""
}

@test "where the scheme has no address it says so" {
    vif_nodes 5 0 frontend-id=65536
    fails 1 online
    refused 5 0 "65536"
    vif_nodes 5 0 frontend-id=65535 handle=128
    fails 1 online
    refused 5 0 "128"
    vif_nodes 5 0 frontend-id=65535 handle=127
    works online
    claim routes "$(routes4_of vif5.0)" "10.255.255.128 src 10.255.255.255 metric 2"
}

@test "several addresses: the first tells the router, all are routed" {
    vif_nodes 5 0 ip="10.1.1.5/24 10.1.1.200 203.0.113.0/28"
    works online
    claim addresses "$(addresses_of vif5.0)" 10.1.1.132/32
    claim routes "$(routes_of vif5.0)" "10.1.1.200 src 10.1.1.132 metric 2
10.1.1.5 src 10.1.1.132 metric 2
203.0.113.0/28 src 10.1.1.132 metric 2"
}

@test "IPv6: an address of its own without ip, else the one that is given" {
    vif_nodes 5 0
    works online
    claim routes "$(routes_of vif5.0)" "10.0.5.1 src 10.0.5.128 metric 2
fd64:6f6d:3000:5::1 metric 2"
    nat_vif 6 0
    vif_nodes 6 0 ip=2001:db8:6::5/64
    works as_libxl vif-nat online 6 0
    claim routes "$(routes_of vif6.0)" "2001:db8:6::5 metric 2"
    claim "IPv4 addresses" "$(addresses4_of vif6.0)" ""
}

@test "the guest and dom0 reach each other in both families" {
    vif_nodes 5 0
    works online
    guest_is_routed 5 10.0.5.1 10.0.5.128
    in_guest 5 ip address add fd64:6f6d:3000:5::1/128 dev eth0 nodad
    in_guest 5 ip -6 route add default via fe80::1 dev eth0
    works ping -c 1 -W 5 10.0.5.1
    works in_guest 5 ping -c 1 -W 5 192.0.2.2
    works ping -c 1 -W 5 fd64:6f6d:3000:5::1
    works in_guest 5 ping -c 1 -W 5 2001:db8::2
}

@test "the emulated card has the same address, and is preferred while it is there" {
    vif_nodes 5 0 type=vif_ioemu
    works online
    tap vif5.0-emu
    tune_vif vif5.0-emu
    works as_libxl vif-nat add 5 0
    claim routes "$(routes4_of vif5.0-emu)" "10.0.5.1 src 10.0.5.128 metric 1"
    claim "way to the guest" "$(way_to 10.0.5.1)" vif5.0-emu
    works as_libxl vif-nat remove 5 0
    claim "way to the guest" "$(way_to 10.0.5.1)" vif5.0
}

@test "offline takes everything away, and online works again" {
    vif_nodes 5 0
    works online
    works offline
    not is_up vif5.0
    claim "addresses and routes" "$(addresses_of vif5.0)$(routes_of vif5.0)" ""
    works online
    claim addresses "$(addresses4_of vif5.0)" 10.0.5.128/32
    ip link delete vif5.0
    works offline
}

@test "S59 dhcp=yes: a line for the host, the interface among the arguments, one restart whose failure does not matter" {
    isc_dhcpd
    vif_nodes 5 0
    works online dhcp=yes
    claim "dhcpd.conf" "$(cat /etc/dhcp/dhcpd.conf)" "subnet 10.0.0.0 netmask 255.255.0.0 { }
host dom5 { hardware ethernet 00:16:3e:00:05:00; fixed-address 10.0.5.1; option routers 10.0.5.128; option host-name \"dom5\"; }"
    claim arguments "$(cat /etc/default/dhcp-server)" '# interfaces
INTERFACES="eth0 vif5.0"'
    claim restarts "$(restarts)" 1
    claim "what it was called with" "$(cat /run/tmp/restarts)" restart
    works online dhcp=yes
    claim "lines of the host" "$(grep -c 'host dom5 ' /etc/dhcp/dhcpd.conf)" 1
}

@test "S59 offline removes this host only" {
    isc_dhcpd
    local domid
    for domid in 5 55; do
        [[ $domid == 5 ]] || nat_vif "$domid" 0
        vif_nodes "$domid" 0
        works as_libxl vif-nat online "$domid" 0 dhcp=yes
    done
    nat_vif 5 1
    vif_nodes 5 1
    works as_libxl vif-nat online 5 1 dhcp=yes
    works offline dhcp=yes
    claim "hosts left" "$(awk '/^host/ { print $2 }' /etc/dhcp/dhcpd.conf | sort)" "dom5-2
dom55"
    claim arguments "$(tail -n 1 /etc/default/dhcp-server)" 'INTERFACES="eth0 vif55.0 vif5.1"'
}

@test "dhcpd's files keep their owner, mode and place" {
    isc_dhcpd
    mv /etc/dhcp/dhcpd.conf /etc/dhcp/real.conf
    ln -s real.conf /etc/dhcp/dhcpd.conf
    chmod 0640 /etc/dhcp/real.conf
    chown 7:8 /etc/dhcp/real.conf
    vif_nodes 5 0
    works online dhcp=yes
    [[ -L /etc/dhcp/dhcpd.conf ]]
    claim "owner and mode" "$(stat -c '%u:%g %a' /etc/dhcp/real.conf)" "7:8 640"
    claim lines "$(grep -c dom5 /etc/dhcp/real.conf)" 1
    claim "files beside" "$(ls /etc/dhcp)" "dhcpd.conf
real.conf"
}

@test "ten guests at once are all entered" {
    isc_dhcpd
    local domid pids=()
    for domid in {11..20}; do
        nat_vif "$domid" 0
        vif_nodes "$domid" 0
    done
    for domid in {11..20}; do
        as_libxl vif-nat online "$domid" 0 dhcp=yes &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    claim hosts "$(grep -c '^host dom' /etc/dhcp/dhcpd.conf)" 10
    claim interfaces "$(tail -n 1 /etc/default/dhcp-server | grep -o 'vif[0-9.]*' | wc -l)" 10
    claim locks "$(ls /run/xen-hotplug)" ""
}

@test "S60 dhcp=yes without a server's files: exit status 1, and nothing is changed" {
    command -v dnsmasq >/dev/null && skip "dnsmasq is installed"
    vif_nodes 5 0
    fails 1 online dhcp=yes
    refused 5 0 "Failed to find dhcpd configuration or init or args file"
    claim addresses "$(addresses_of vif5.0)" ""
}

@test "S60 a server that the configuration names and that is not there: exit status 1, and nothing is changed" {
    echo '{ "dhcp": "isc" } // not installed' >/etc/xen/dom0net.json
    vif_nodes 5 0
    fails 1 online
    refused 5 0 "Failed to find dhcpd configuration or init or args file"
    claim addresses "$(addresses_of vif5.0)" ""
    export XENBUS_PATH=backend/vif/5/0 vif=vif5.0
    works vif_nat online dhcp=no # a word counts more
}

@test "dhcp=no leaves the server's files alone; so does a host without a server" {
    isc_dhcpd
    cat /etc/dhcp/dhcpd.conf /etc/default/dhcp-server >/run/tmp/before
    vif_nodes 5 0
    works online dhcp=no
    works offline dhcp=no
    cat /etc/dhcp/dhcpd.conf /etc/default/dhcp-server >/run/tmp/after
    same "dhcpd's files" /run/tmp/before /run/tmp/after
    rm -rf /etc/dhcp
    works online
}

@test "a failing hook takes the guest out of the server again" {
    isc_dhcpd
    printf '#!/bin/sh\nexit 1\n' >/etc/xen/scripts/vif-post.d/1.hook
    chmod +x /etc/xen/scripts/vif-post.d/1.hook
    vif_nodes 5 0
    fails 1 online dhcp=yes
    claim hosts "$(grep -c '^host' /etc/dhcp/dhcpd.conf || true)" 0
    claim arguments "$(tail -n 1 /etc/default/dhcp-server)" 'INTERFACES="eth0"'
}

# dnsmasq_start: a real server, configured as vif-nat(8) says.
dnsmasq_start() {
    command -v dnsmasq >/dev/null || skip "dnsmasq is not installed"
    mkdir -p /run/dom0net
    dnsmasq --conf-file=/dev/null --port=0 --pid-file=/run/dnsmasq.pid --dhcp-leasefile=/run/tmp/leases --user=root \
        --dhcp-range=10.0.0.0,static,255.0.0.0 --dhcp-hostsfile=/run/dom0net/dhcp-hosts \
        --log-facility=/run/tmp/dnsmasq.log 3>&- </dev/null
    poll 5 test -s /run/dnsmasq.pid
}

dnsmasq_stop() {
    kill "$(cat /run/dnsmasq.pid)"
    poll 5 test ! -e /run/dnsmasq.pid
}

# lease DOMID: what a DHCP client in the guest is given: its address and its router.
lease() {
    local client
    client=$(command -v udhcpc) || client="busybox udhcpc"
    [[ $client == udhcpc || -x $client ]] || command -v busybox >/dev/null || skip "no udhcpc"
    printf '#!/bin/sh\n[ "$1" = bound ] && echo "$ip $router"\nexit 0\n' >/run/tmp/udhcpc.sh
    chmod +x /run/tmp/udhcpc.sh
    in_guest "$1" $client -i eth0 -q -n -f -t "${2:-20}" -T 1 -s /run/tmp/udhcpc.sh 2>/dev/null
}

@test "dnsmasq: a real client gets the guest's address and router, and no longer when the guest is gone" {
    dnsmasq_start
    vif_nodes 5 0
    works online
    claim lease "$(lease 5)" "10.0.5.1 10.0.5.128"
    nat_vif 300 2
    vif_nodes 300 2
    works as_libxl vif-nat online 300 2
    works as_libxl vif-nat offline 5 0
    claim files "$(ls /run/dom0net/dhcp-hosts)" dom300-3
    poll 5 grep -q "read /run/dom0net/dhcp-hosts/dom300-3" /run/tmp/dnsmasq.log
    ip link set vif5.0 up # what is missing is not the wire
    ip address add 10.0.5.128/32 dev vif5.0
    claim lease "$(lease 5 2)" ""
    dnsmasq_stop
}

@test "dnsmasq: chosen by dhcp=yes where ISC's server is not installed, by the configuration where both are" {
    command -v dnsmasq >/dev/null || skip "dnsmasq is not installed"
    vif_nodes 5 0
    works online dhcp=yes
    claim file "$(cat /run/dom0net/dhcp-hosts/dom5)" "00:16:3e:00:05:00,10.0.5.1,dom5"
    isc_dhcpd
    works offline
    echo '{ "dhcp": "dnsmasq" }' >/etc/xen/dom0net.json
    works online
    [[ -e /run/dom0net/dhcp-hosts/dom5 ]]
    claim "ISC's hosts" "$(grep -c '^host' /etc/dhcp/dhcpd.conf || true)" 0
}

@test "--dry-run names the DHCP entry and changes nothing" {
    isc_dhcpd
    cat /etc/dhcp/dhcpd.conf >/run/tmp/conf
    unchanged_by vif_nat --no-xenstore --dry-run online vif=vif5.0 mac=00:16:3e:00:05:00 dhcp=yes
    claim status "$status" 0
    mentions "ip route add 10.0.5.1 dev vif5.0 proto 208 scope link src 10.0.5.128 metric 2"
    mentions "# dhcp: dom5 with 00:16:3e:00:05:00 on vif5.0 is 10.0.5.1, its router 10.0.5.128"
    same "dhcpd.conf" /run/tmp/conf /etc/dhcp/dhcpd.conf
}
