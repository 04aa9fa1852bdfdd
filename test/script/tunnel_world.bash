# shellcheck shell=bash
# tunnel_world.bash: two hosts with a wire between them, and a guest on each.
#
#     guestA --tap-- hostA  u0 192.168.77.1 ------- 192.168.77.2 u0  hostB --tap-- guestB
#     10.2.0.1              fd77::1                      fd77::2              10.2.0.2
#
# All are namespaces inside test/support/sandbox. A tap is made in the host, where the relay attaches to it, and is
# then moved into the guest: the relay's descriptor goes on working.

# shellcheck disable=SC2034 # for those who source this
group=230.0.0.1 port=5558

peers() { python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" "$@"; }
on() { ip netns exec "$@"; }

# tunnel_world [UNDERLAY_MTU]
tunnel_world() {
    local mtu=${1:-1600} name
    world_pids=()
    for name in guestA guestB hostA hostB; do
        ip netns add "$name"
        ip -n "$name" link set lo up
        on "$name" sysctl -qw net.ipv6.conf.all.disable_ipv6=0
    done
    ip link add u0 netns hostA mtu "$mtu" type veth peer name u0 netns hostB mtu "$mtu"
    address_of hostA 1
    address_of hostB 2
}

address_of() {
    ip -n "$1" address add "192.168.77.$2/24" dev u0
    ip -n "$1" address add "fd77::$2/64" dev u0 nodad
    ip -n "$1" link set u0 up
}

# Processes that the world started end with it.
tunnel_world_ends() {
    local pid name
    for pid in "${world_pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
    for pid in "${world_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    ip -all netns delete
    rm -rf /run/dom0net/tunnel
}

background() {
    "$@" 3>&- &
    world_pids+=($!)
}

# relay HOST WORD...: in the foreground of the background; its tap is xt0 and it answers at /run/tmp/HOST.status.
relay() { relay_called "$1" "$1" xt0 "${@:2}"; }

# one_more HOST TAP WORD...: another relay on that host; for asks and counter it is called as its tap.
one_more() { relay_called "$2" "$1" "$2" "${@:3}"; }

relay_called() {
    background ip netns exec "$2" "$DOM0NET_BIN/network-tunnel" run tap="$3" --socket "/run/tmp/$1.status" user=root "${@:4}"
    poll 5 asks "$1"
}

asks() { "$DOM0NET_BIN/network-tunnel" status --socket "/run/tmp/$1.status" --json >/dev/null 2>&1; }

# counter HOST NAME: one number of the relay's status, or a top-level field.
counter() {
    "$DOM0NET_BIN/network-tunnel" status --socket "/run/tmp/$1.status" --json |
        python3 -c 'import json,sys; s=json.load(sys.stdin); n=sys.argv[1]; print(s["counters"].get(n, s.get(n)))' "$2"
}

counter_is() { [[ $(counter "$1" "$2") == "$3" ]]; }
counter_above() { (($(counter "$1" "$2") > $3)); }

# qemu HOST NETDEV [TAP]: a real QEMU joins its tap (xt0) to the wire.
qemu() {
    local tap=${3:-xt0}
    background ip netns exec "$1" qemu-system-x86_64 -machine none -nodefaults -display none -monitor none -serial none \
        -netdev "tap,id=t,ifname=$tap,script=no,downscript=no" -netdev "$2,id=s" \
        -netdev hubport,id=h1,hubid=0,netdev=t -netdev hubport,id=h2,hubid=0,netdev=s 2>"/run/tmp/$1.qemu"
    poll 10 ip -n "$1" link show "$tap" >/run/tmp/ignored 2>&1
}

needs_qemu() {
    command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
}

# guest HOST GUEST NUMBER [MTU [TAP]]: moves the tap of the host into the guest, with the address 10.2.0.NUMBER.
guest() {
    local tap=${5:-xt0}
    poll 5 ip -n "$1" link show "$tap" >/run/tmp/ignored 2>&1
    ip -n "$1" link set "$tap" netns "$2"
    ip -n "$2" link set "$tap" mtu "${4:-1500}" up
    ip -n "$2" address add "10.2.0.$3/24" dev "$tap"
    ip -n "$2" address add "fd10::$3/64" dev "$tap" nodad
}

# ends PID...: stops relays in the way that one does, and waits for it.
ends() {
    kill "$@"
    wait "$@" || true
}

guests() {
    guest hostA guestA 1 "$@"
    guest hostB guestB 2 "$@"
}

# The first answer may take a moment: a connection has to be made, or a group to be joined.
meet() { poll "${2:-5}" on guestA ping -c 1 -W 1 "${1:-10.2.0.2}" >/run/tmp/ignored; }

# pings SIZE: 20 in a row, none lost, both ways.
pings() {
    if on guestA ping -q -c 20 -i 0.02 -s "$1" 10.2.0.2 >/run/tmp/pings &&
        on guestB ping -q -c 20 -i 0.02 -s "$1" 10.2.0.1 >>/run/tmp/pings; then
        return
    fi
    cat /run/tmp/pings
    return 1
}

# files [MEGABYTES]: so much goes through TCP each way and arrives as it was.
files() {
    local way
    for way in "guestA guestB 10.2.0.2" "guestB guestA 10.2.0.1"; do
        # shellcheck disable=SC2086 # three words
        file $way "${1:-100}" || return 1
    done
}

file() {
    on "$2" timeout 60 python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" receive-file 7000 3>&- >/run/tmp/received &
    local receiver=$!
    on "$1" timeout 60 python3 "$BATS_TEST_DIRNAME/tunnel_peers.py" send-file "$3" 7000 "$4" >/run/tmp/sent
    wait "$receiver"
    [[ -s /run/tmp/sent ]]
    claim "md5 of $4 MB from $1 to $2" "$(cat /run/tmp/received)" "$(cat /run/tmp/sent)"
}
