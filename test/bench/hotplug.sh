#!/bin/bash
# hotplug.sh: what vif-bridge and network-bridge take; scripts/bench runs it in its sandbox. All that is compared is
# measured in turns, in one run.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/support/world.sh
source "$here/../support/world.sh"
# shellcheck source=test/bench/figures.bash
source "$here/figures.bash"

rounds=${BENCH_ROUNDS:-100} loss_rounds=${BENCH_LOSS_ROUNDS:-50} crowd=${BENCH_CROWD:-200}
export XENBUS_TYPE=vif XENBUS_BASE_PATH=backend netdev='' script=/etc/xen/scripts/vif-bridge

# The three that are compared: a name each, and the program.
declare -A programs=([dom0net]=$DOM0NET_BIN/vif-bridge [limit]=$DOM0NET_SUPPORT/limit)
contestants=(dom0net limit)

stock_scripts() {
    local folder
    folder=$(find_stock_scripts) || {
        echo "The distribution's own vif-bridge is not there; scripts/test fetches it. Measured without."
        return 0
    }
    cp -a "$folder/." /etc/xen/scripts/
    programs[stock]=/etc/xen/scripts/vif-bridge
    contestants+=(stock)
}

one_at_a_time() {
    local round who command
    world_reset
    stock_again
    bridge xenbr0
    vif 1 0
    vif_nodes 1 0
    export vif=vif1.0 XENBUS_PATH=backend/vif/1/0
    for ((round = -2; round < rounds; ++round)); do
        for who in "${contestants[@]}"; do
            for command in online offline; do
                "$DOM0NET_SUPPORT/stopwatch" "$results/$who.$command" "$results/err" "${programs[$who]}" "$command" type_if=vif
            done
        done
        ((round != -1)) || rm -f "$results"/*.o{n,ff}line # warm now
    done
    echo "vif-bridge, one at a time, $rounds rounds, wall time in ms from before the fork until reaped"
    for command in online offline; do
        figures "$command" "${contestants[@]}"
        [[ -z ${programs[stock]:-} ]] || compare "$command" stock dom0net "times as fast as the stock script"
        compare "$command" dom0net limit "times the limit program"
    done
    echo
}

stock_again() {
    [[ -z ${programs[stock]:-} ]] || cp -a "$(find_stock_scripts)/." /etc/xen/scripts/
}

all_at_once() {
    local who command domid
    local -A took failed
    world_reset
    stock_again
    bridge xenbr0
    ip netns add guests
    for ((domid = 1; domid <= crowd; ++domid)); do
        echo "link add vif$domid.0 type veth peer name eth$domid netns guests"
    done | ip -batch -
    for ((domid = 1; domid <= crowd; ++domid)); do vif_nodes "$domid" 0; done
    for who in "${contestants[@]}"; do
        for command in online offline; do
            read -r "took[$who.$command]" "failed[$who.$command]" < <(
                "$DOM0NET_SUPPORT/crowd" "$crowd" "$results/err" "${programs[$who]}" "$command" type_if=vif)
        done
    done
    echo "vif-bridge, $crowd guests at once, ms until the last is done"
    for command in online offline; do
        for who in "${contestants[@]}"; do
            printf '    %-8s %-8s %8s   failed: %s\n' "$command" "$who" "${took[$who.$command]}" "${failed[$who.$command]}"
        done
        [[ -z ${programs[stock]:-} ]] || printf '    %-8s -> %s times as fast as the stock script\n' "$command" \
            "$(ratio "${took[stock.$command]}" "${took[dom0net.$command]}")"
    done
    echo
}

bridge_time() {
    local round command
    for ((round = 0; round < 20; ++round)); do
        for command in start stop; do
            "$DOM0NET_SUPPORT/stopwatch" "$results/bridge.$command" "$results/err" "$DOM0NET_BIN/network-bridge" "$command"
        done
    done
    echo "network-bridge on a host with $1, 20 rounds, wall time in ms"
    for command in start stop; do
        printf '    %-8s median %6s   max %6s\n' "$command" "$(ms "$(column "$results/bridge.$command" 1 median)")" \
            "$(ms "$(column "$results/bridge.$command" 1 max)")"
    done
    rm "$results"/bridge.*
    echo
}

there_and_back() {
    network_bridge start
    sleep 1.1
    network_bridge stop
}

lost_probes() {
    local filter=$1 round lost=0 longest=0 sent=0 hit=0
    world_reset
    like_a_card=yes plain_host
    sysctl -qw net.ipv4.conf.all.rp_filter="$filter"
    echo_start
    for ((round = 0; round < loss_rounds; ++round)); do
        while_probed there_and_back >/dev/null
        lost=$((lost + $(probes_lost))) sent=$((sent + $(probes_sent)))
        (($(probes_lost) == 0)) || hit=$((hit + 1))
        (($(probes_lost_in_a_row) <= longest)) || longest=$(probes_lost_in_a_row)
    done
    echo_stop
    printf '    rp_filter=%s: %d of %d probes lost, in %d of %d rounds; at most %d in a row\n' \
        "$filter" "$lost" "$sent" "$hit" "$loss_rounds" "$longest"
}

store_start
stock_scripts
machine
one_at_a_time
all_at_once
if [[ -x $DOM0NET_BIN/network-bridge ]]; then
    world_reset
    like_a_card=yes plain_host
    bridge_time "one address in each family"
    world_reset
    like_a_card=yes rich_host
    bridge_time "everything an administrator may have put there"
    echo "Start and stop under probes, one a millisecond in each family, $loss_rounds rounds"
    lost_probes 0
    lost_probes 1
fi
store_stop
