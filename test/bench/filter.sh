#!/bin/bash
# filter.sh: what ip= costs: a guest's online and offline, alone and among a thousand, and each of its frames. Runs in
# test/support/sandbox for scripts/bench.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/support/world.sh
source "$here/../support/world.sh"
# shellcheck source=test/bench/figures.bash
source "$here/figures.bash"
rounds=${BENCH_ROUNDS:-100} many=${BENCH_MANY:-1000}
export XENBUS_TYPE=vif XENBUS_BASE_PATH=backend netdev='' script=/etc/xen/scripts/vif-bridge

# Debian's scripts with the one line taken out that keeps them from calling iptables (its bug 894013): as Xen ships them.
upstream_script() {
    local folder
    folder=$(find_stock_scripts) && command -v iptables >/dev/null || return
    cp -a "$folder/." /etc/xen/scripts/
    sed -i '/^handle_iptable()/,/return 0/ { /return 0/d }' /etc/xen/scripts/vif-common.sh
    iptables -P FORWARD DROP
    echo /etc/xen/scripts/vif-bridge
}

# timed WHO COMMAND PROGRAM
timed() { "$DOM0NET_SUPPORT/stopwatch" "$results/$1.$2" "$results/err" "$3" "$2" type_if=vif; }

# quiet NAMESPACE: else a thousand guests introduce themselves to a thousand others with IPv6 while we measure.
quiet() { ip netns exec "$1" sysctl -qw net.ipv6.conf.{all,default}.disable_ipv6=1; }

guest_is() { export vif=vif$1.0 XENBUS_PATH=backend/vif/$1/0; }

a_host() {
    world_reset
    nft flush ruleset
    bridge xenbr0
    wire eth0
    ip link set eth0 master xenbr0
    ip netns add guests
    quiet guests
    quiet lan
    guests_come 1 1
}

# guests_come FIRST LAST: with their links, their nodes and an address each.
guests_come() {
    local domid
    for ((domid = $1; domid <= $2; ++domid)); do
        echo "link add vif$domid.0 type veth peer name eth$domid address $(guest_mac "$domid" 0) netns guests"
    done | ip -batch -
    for ((domid = $1; domid <= $2; ++domid)); do
        echo "link set eth$domid up"
    done | ip -n guests -batch -
    for ((domid = $1; domid <= $2; ++domid)); do
        vif_nodes "$domid" 0 "ip=10.0.$((domid / 256)).$((domid % 256))"
    done
}

# everybody COMMAND: all guests but the first.
everybody() {
    local domid
    for ((domid = 2; domid <= many; ++domid)); do
        guest_is "$domid"
        "$DOM0NET_BIN/vif-bridge" "$1" type_if=vif
    done
}

against_upstream() {
    local round command upstream
    a_host
    upstream=$(upstream_script) || {
        echo "Xen's own vif-bridge or iptables is not there: measured without."
        return 0
    }
    guest_is 1
    for ((round = -2; round < rounds; ++round)); do
        for command in online offline; do
            timed upstream "$command" "$upstream"
            timed dom0net "$command" "$DOM0NET_BIN/vif-bridge"
        done
        ((round != -1)) || rm -f "$results"/*.o{n,ff}line # warm now
    done
    iptables -P FORWARD ACCEPT
    echo "vif-bridge with one address in ip=, $rounds rounds, wall time in ms until the caller has its answer"
    for command in online offline; do
        figures "$command" upstream dom0net
        compare "$command" upstream dom0net "times as fast as Xen's script"
    done
    echo
}

# online_and_offline WHO
online_and_offline() {
    local round command
    guest_is 1
    for ((round = 0; round < rounds; ++round)); do
        for command in online offline; do
            timed "$1" "$command" "$DOM0NET_BIN/vif-bridge"
        done
        for command in online offline; do
            timed "limit-$1" "$command" "$DOM0NET_SUPPORT/limit"
        done
    done
}

# frame_cost [ADDRESS]: nanoseconds of one, sent by the first guest to the LAN.
frame_cost() {
    poll 5 is_operational vif1.0
    command bridge fdb replace "$(in_lan cat /sys/class/net/eth0/address)" dev eth0 master static # else all hear it
    "$DOM0NET_SUPPORT/frames" cost guests eth1 "$(guest_mac 1 0)" 10.0.0.1 "$(in_lan cat /sys/class/net/eth0/address)"
}

first_guest() { "$DOM0NET_BIN/vif-bridge" "$1" type_if=vif; }

among_many() {
    local command without alone among
    a_host
    guest_is 1
    xenstore-rm "$(backend_of 1 0)/ip"
    first_guest online
    without=$(frame_cost)
    first_guest offline
    vif_nodes 1 0 ip=10.0.0.1
    first_guest online
    alone=$(frame_cost)
    first_guest offline
    rm -f "$results"/*.o{n,ff}line
    online_and_offline alone
    guests_come 2 "$many"
    everybody online
    sleep 5 # the kernel has still to do with a thousand links that came up
    online_and_offline among
    first_guest online
    among=$(frame_cost)
    first_guest offline
    everybody offline
    echo "The same beside $((many - 1)) others, and alone"
    for command in online offline; do
        figures "$command" among alone
        compare "$command" among alone "times what it takes alone"
        compare "$command" limit-among limit-alone "times for the limit program, which has no filter"
    done
    echo
    echo "A frame from a guest to the LAN, ns from its send() until the LAN has it"
    printf '    without a filter %s, with one %s, beside %d others %s: %s times as much as alone\n' \
        "$without" "$alone" "$((many - 1))" "$among" "$(ratio "$among" "$alone")"
    echo
    echo "Left of $many guests: $(nft -j list ruleset | jq '[.nftables[].set?.elem? // [] | length] | add') elements," \
        "$(find /run/dom0net/filters -type f | wc -l) records"
}

store_start
machine
against_upstream
among_many
store_stop
