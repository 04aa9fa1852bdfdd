#!/bin/bash
# tunnel.sh: how fast network-tunnel is, against QEMU's own sockets and the kernel's VXLAN, all measured in turns in one
# run. Needs qemu-system-x86_64 and iperf3. Run it as
#     DOM0NET_BIN=... DOM0NET_SUPPORT=... test/support/sandbox test/bench/tunnel.sh [ROUNDS] [SECONDS]
# shellcheck disable=SC2119,SC2016 # guests takes what it is given, mostly nothing; awk has dollars of its own
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/support/world.sh
source "$here/../support/world.sh"
BATS_TEST_DIRNAME=$here/../script
# shellcheck source=test/script/tunnel_world.bash
source "$here/../script/tunnel_world.bash"

rounds=${1:-3} seconds=${2:-3}
results=/run/tmp/tunnel-bench
mkdir -p "$results"
skip() {
    echo "$*" >&2
    exit 77
}
command -v iperf3 >/dev/null || skip "iperf3 is not installed"
needs_qemu

# --- the contestants ------------------------------------------------------------------------------------------------

relay_mcast() {
    relay hostA type=mcast address="$group" port="$port" dev=u0
    relay hostB type=mcast address="$group" port="$port" dev=u0
    guests
}
relay_tcp() {
    relay hostA type=server address=192.168.77.1 port="$port"
    relay hostB type=client address=192.168.77.1 port="$port"
    guests
}
qemu_mcast() {
    qemu hostA "socket,mcast=$group:$port,localaddr=192.168.77.1"
    qemu hostB "socket,mcast=$group:$port,localaddr=192.168.77.2"
    guests
}
qemu_tcp() {
    qemu hostA "socket,listen=192.168.77.1:$port"
    poll 5 is_listening hostA
    qemu hostB "socket,connect=192.168.77.1:$port"
    guests
}
kernel_vxlan() {
    local side
    for side in A B; do
        ip -n "host$side" link add xt0 type vxlan id 7 group "$group" dev u0 dstport 4789
    done
    guests
}

is_listening() { on "$1" awk '$4 == "0A" { found = 1 } END { exit !found }' /proc/net/tcp /proc/net/tcp6; }

# --- the measurements -----------------------------------------------------------------------------------------------

# What the relays have used of the processor, in hundredths of a second. On a busy machine the throughput is noise, and
# this is what can be compared.
processor_time() {
    local pid
    for pid in "${world_pids[@]}"; do cat "/proc/$pid/stat"; done | awk '{ used += $14 + $15 } END { print used + 0 }'
}

# client_of ARGUMENT...: runs one iperf3 from guest A to guest B and prints what the receiver got.
client_of() {
    on guestB iperf3 -s -1 >/run/tmp/ignored 2>&1 &
    local server=$!
    poll 5 is_listening guestB
    on guestA timeout 30 iperf3 -c 10.2.0.2 -t "$seconds" -J "$@" >/run/tmp/iperf.json || true
    kill "$server" 2>/dev/null || true
    wait "$server" || true
    python3 -c '
import json
end = json.load(open("/run/tmp/iperf.json"))["end"]
if "sum_received" in end and "packets" not in end.get("sum", {}):
    print(round(end["sum_received"]["bits_per_second"] / 1e6))
else:
    total = end["sum"]
    print(round((total["packets"] - total["lost_packets"]) / total["seconds"]))' 2>/dev/null || echo 0
}

measure() {
    tunnel_world 1600
    "$1" 2>>/run/tmp/errors || { cat /run/tmp/errors; exit 1; }
    meet 10.2.0.2 10
    local before
    before=$(processor_time)
    client_of >"$results/now"
    cat "$results/now" >>"$results/$1.tcp"
    # Centiseconds a gigabyte: Mbit/s, seconds and 8 bits make gigabytes.
    per "$before" "$seconds" 8000 >>"$results/$1.tcpcpu"
    before=$(processor_time)
    client_of -u -l 64 -b 0 >"$results/now"
    cat "$results/now" >>"$results/$1.udp"
    per "$before" "$seconds" 10000 >>"$results/$1.udpcpu"
    tunnel_world_ends
}

# per BEFORE SECONDS UNIT: processor time since BEFORE for each UNIT of what was measured just now.
per() {
    awk -v used="$(($(processor_time) - $1))" -v got="$(cat "$results/now")" -v time="$2" -v unit="$3" \
        'BEGIN { printf "%.2f\n", got ? used * unit / (got * time) : 0 }'
}

# crowd CLIENTS: two relays through one server, and so many other clients that stay silent.
crowd() {
    tunnel_world 1600
    relay hostA type=server address=192.168.77.1 port="$port"
    local server=${world_pids[-1]}
    ip -n hostA link set xt0 name xts up
    background ip netns exec hostA "$DOM0NET_BIN/network-tunnel" run tap=xt0 user=root \
        type=client address=192.168.77.1 port="$port"
    relay hostB type=client address=192.168.77.1 port="$port"
    guests
    # shellcheck disable=SC2016
    background ip netns exec hostB python3 -c '
import select, socket, sys
held = [socket.create_connection(("192.168.77.1", 5558)) for _ in range(int(sys.argv[1]))]
print("ready", flush=True)
while True:
    for one in select.select(held, [], [])[0]:
        one.recv(1 << 16)' "$1" >/run/tmp/crowd
    poll 10 grep -q ready /run/tmp/crowd
    meet
    client_of >>"$results/crowd$1.tcp"
    awk '/VmHWM/ { print $2 }' "/proc/$server/status" >>"$results/crowd$1.kb"
    tunnel_world_ends
}

median() { sort -n "$results/$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
spread() { sort -n "$results/$1" | awk '{ v[NR] = $1 } END { print v[1] "-" v[NR] }'; }
ratio() { awk -v a="$(median "$1")" -v b="$(median "$2")" 'BEGIN { printf "%.2f", b ? a / b : 0 }'; }

contestants=(qemu_mcast relay_mcast kernel_vxlan qemu_tcp relay_tcp)
for ((round = 1; round <= rounds; ++round)); do
    for contestant in "${contestants[@]}"; do measure "$contestant"; done
    crowd 0
    crowd 48
done

printf '%-14s %22s %10s %26s %10s\n' "" "TCP Mbit/s (min-max)" "cs/GB" "64-byte frames/s (min-max)" "us/frame"
for contestant in "${contestants[@]}"; do
    printf '%-14s %8s %13s %10s %10s %15s %10s\n' "$contestant" "$(median "$contestant.tcp")" "$(spread "$contestant.tcp")" \
        "$(median "$contestant.tcpcpu")" "$(median "$contestant.udp")" "$(spread "$contestant.udp")" "$(median "$contestant.udpcpu")"
done
cat <<END

mcast / QEMU's mcast, TCP:              $(ratio relay_mcast.tcp qemu_mcast.tcp)  (goal 8)
mcast / QEMU's mcast, small frames:     $(ratio relay_mcast.udp qemu_mcast.udp)  (goal 2)
server-client / QEMU's, TCP:            $(ratio relay_tcp.tcp qemu_tcp.tcp)  (goal 8)
server-client / QEMU's, small frames:   $(ratio relay_tcp.udp qemu_tcp.udp)
QEMU's mcast / mcast, time per GB:      $(ratio qemu_mcast.tcpcpu relay_mcast.tcpcpu)
QEMU's mcast / mcast, time per frame:   $(ratio qemu_mcast.udpcpu relay_mcast.udpcpu)
QEMU's / server-client, time per GB:    $(ratio qemu_tcp.tcpcpu relay_tcp.tcpcpu)
QEMU's / server-client, time per frame: $(ratio qemu_tcp.udpcpu relay_tcp.udpcpu)
mcast / kernel VXLAN, TCP:              $(ratio relay_mcast.tcp kernel_vxlan.tcp)  (goal 0.33)
50 clients / 2 clients, TCP:            $(ratio crowd48.tcp crowd0.tcp)  (goal 0.80; $(median crowd48.tcp) and $(median crowd0.tcp) Mbit/s)
memory of a server with 50 clients:     $(median crowd48.kb) kB  (goal 32768)
END
