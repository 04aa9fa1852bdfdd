# shellcheck shell=bash
# routed.bash: what the tests of vif-route and vif-nat share.

vif_route() { "$DOM0NET_BIN/vif-route" "$@" </dev/null; }
vif_nat() { "$DOM0NET_BIN/vif-nat" "$@" </dev/null; }

# tune_vif DEVICE: a new device has IPv6 as the kernel gives it, without waiting.
tune_vif() { sysctl -qw "net/ipv6/conf/$1/accept_dad=0"; }

# tap NAME: the emulated card, as qemu leaves it: without address, its other end in a place of its own.
tap() {
    ip link add "$1" type veth peer name "${1%-emu}-q"
    ip link set "${1%-emu}-q" up
}

# routes_of DEVICE: the routes of ours to the guest, a line each, IPv4 first.
routes_of() {
    local family
    for family in -4 -6; do
        ip "$family" -j route show dev "$1" table main proto 208 |
            jq -r '.[] | .dst + (if .prefsrc then " src " + .prefsrc else "" end) + " metric " + (.metric | tostring)' | sort
    done
}

# answered_by RUNNER DOMID KIND PORT ADDRESS PORT: what a server in the guest, which says who it is, answers to a client
# that RUNNER runs: in_lan, "in_guest 6", or env for the host itself.
answered_by() {
    command -v socat >/dev/null || skip "socat is not installed"
    ip netns exec "guest$2" socat "$3-listen:$4,reuseaddr" "system:read -r question; echo guest$2" 3>&- &
    local server=$!
    poll 5 in_guest "$2" sh -c "ss -lntu | grep -q ':$4 '"
    $1 timeout 10 socat -t 5 - "$3:$5:$6,shut-none,connect-timeout=3" 3>&- <<<'who?' || true
    kill "$server" 2>/dev/null || true # that nobody has asked
    wait "$server" 2>/dev/null || true
}

way_to() { ip -j route get "$1" | jq -r '.[0].dev'; }

# guest_is_routed DOMID ADDRESS GATEWAY: the guest's side of a routed interface.
guest_is_routed() {
    in_guest "$1" ip address add "$2/32" dev eth0
    in_guest "$1" ip route add "$3" dev eth0
    in_guest "$1" ip route add default via "$3"
}
