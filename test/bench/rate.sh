#!/bin/bash
# How closely guests are held to rate=, both ways, from 1 Mbit/s to 1 Gbit/s: TCP, by iperf3, between namespaces. Runs in
# test/support/sandbox, with DOM0NET_BIN and DOM0NET_SUPPORT:
#     test/support/sandbox test/bench/rate.sh [SECONDS]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/support/world.sh
source "$here/../support/world.sh"
# shellcheck source=test/support/routed.bash
source "$here/../support/routed.bash"
seconds=${1:-10}

command -v iperf3 >/dev/null || {
    echo "rate.sh: needs iperf3" >&2
    exit 77
}

# guest NAME: the interface NAME of guest 5, on xenbr0.
guest() {
    world_reset
    bridge xenbr0
    ip address add 192.0.2.2/24 dev xenbr0
    ip netns add guest5
    ip link add "$1" type veth peer name eth0 netns guest5
    in_guest 5 ip address add 192.0.2.5/24 dev eth0
    in_guest 5 ip link set eth0 up
    echo '{ "rate-to-guest": "same" }' >/etc/xen/dom0net.json
}

in_place() { if [[ $1 == dom0 ]]; then "${@:2}"; else in_guest 5 "${@:2}"; fi; }

# measured FROM TO ADDRESS: Mbit/s
measured() {
    in_place "$2" iperf3 -s -1 >/dev/null &
    poll 5 in_place "$2" sh -c 'ss -ltn | grep -q :5201'
    in_place "$1" iperf3 -c "$3" -t "$seconds" -O 1 -l 4K -J | jq '.end.sum_received.bits_per_second / 1e6'
    wait
}

# report DIRECTION RATE FOUND
report() { awk -v d="$1" -v r="$2" -v f="$3" 'BEGIN { printf "%-14s %6d %10.2f %+7.1f %%\n", d, r, f, (f / r - 1) * 100 }'; }

printf '%-14s %6s %10s %9s\n' direction rate Mbit/s off
for rate in 1 10 100 1000; do
    guest vif5.0
    vif_bridge --no-xenstore online vif=vif5.0 bridge=xenbr0 "rate=${rate}Mb/s"
    report "to the guest" "$rate" "$(measured dom0 guest 192.0.2.5)"
    guest vif5.0-emu
    vif_bridge --no-xenstore add type_if=tap INTERFACE=vif5.0-emu bridge=xenbr0 "rate=${rate}Mb/s"
    report "from its card" "$rate" "$(measured guest dom0 192.0.2.2)"
done
