# shellcheck shell=bash
# world.sh: the little world that tests, demo and benchmark build inside test/support/sandbox.
#
#     lan (namespace)                 dom0 (the sandbox itself)             guest<D> (namespaces)
#     eth0 192.0.2.1/24  ---------->  eth0 192.0.2.2/24
#          2001:db8::1/64                  2001:db8::2/64                   eth<N>
#                                     vif<D>.<N>  <-----------------------
#
# A veth pair stands in for netback and netfront: like them it has no carrier until the guest's end is up.
# Needs DOM0NET_BIN (the programs), DOM0NET_SBIN (dom0net; as DOM0NET_BIN unless set) and DOM0NET_SUPPORT (log_sink, probe,
# libxsshim.so).

world_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/xen.sh
source "$world_here/../../scripts/lib/xen.sh"

: "${DOM0NET_BIN:?where the programs are}" "${DOM0NET_SUPPORT:?where the helpers of the tests are}"
[[ -n ${DOM0NET_SANDBOX:-} ]] || {
    echo "world.sh: only inside test/support/sandbox: it deletes network interfaces" >&2
    exit 1
}

# Fedora has the store's tools only where the daemon is.
PATH=$PATH:$(xen_folder)/root/usr/bin

in_lan() { ip netns exec lan "$@"; }
in_guest() { ip netns exec "guest$1" "${@:2}"; }

# poll SECONDS COMMAND...: until the command succeeds; fails when the time is over.
poll() {
    local deadline=$((SECONDS + $1 + 1))
    until "${@:2}"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.01
    done
}

# --- the store ------------------------------------------------------------------------------------------------------

store_is_there() { xenstore-exists / 2>/dev/null; }
store_is_gone() { ! store_is_there; }

store_start() {
    local daemon
    daemon=$(find_xenstored) || {
        echo "no xenstored; scripts/test fetches one" >&2
        return 1
    }
    mkdir -p /run/xenstored /run/xen /run/xen-dead
    XSSHIM_DEAD_DIR=/run/xen-dead LD_PRELOAD=$DOM0NET_SUPPORT/libxsshim.so \
        "$daemon" --pid-file /run/xenstored/pid 3>&- </dev/null >/dev/null 2>&1
    poll 5 store_is_there
}

store_stop() {
    [[ -s /run/xenstored/pid ]] || return 0
    kill "$(cat /run/xenstored/pid)"
    poll 5 store_is_gone
    rm -f /run/xenstored/*
}

# domain_dies DOMID: as the hypervisor would tell xenstored.
domain_dies() {
    : >"/run/xen-dead/$1"
    kill -USR1 "$(cat /run/xenstored/pid)"
}

backend_of() { echo "/local/domain/0/backend/vif/$1/$2"; }
frontend_of() { echo "/local/domain/$1/device/vif/$2"; }
store_read() { xenstore-read "$1" 2>/dev/null; }
status_of() { store_read "$(backend_of "$1" "$2")/hotplug-status"; }
error_of() { store_read "$(backend_of "$1" "$2")/hotplug-error"; }

# vif_nodes DOMID DEVID [KEY=VALUE...]: what libxl writes before it runs the script. KEY= (empty) leaves a key out.
vif_nodes() {
    local domid=$1 devid=$2 pair
    local backend frontend
    backend=$(backend_of "$domid" "$devid") frontend=$(frontend_of "$domid" "$devid")
    local -A keys=(
        [frontend]=$frontend [frontend-id]=$domid [online]=1 [state]=2
        [script]=/etc/xen/scripts/vif-bridge [mac]=$(guest_mac "$domid" "$devid") [bridge]=xenbr0
        [handle]=$devid [type]=vif
    )
    for pair in "${@:3}"; do
        keys[${pair%%=*}]=${pair#*=}
    done
    local words=("$backend/hotplug-status" "" "$frontend/backend" "$backend" "$frontend/backend-id" 0
        "$frontend/state" 1 "$frontend/handle" "$devid" "$frontend/mac" "${keys[mac]}" "$frontend/mtu" 1500)
    for pair in "${!keys[@]}"; do
        [[ -z ${keys[$pair]} ]] || words+=("$backend/$pair" "${keys[$pair]}")
    done
    xenstore-write -- "${words[@]}"
    xenstore-chmod "$frontend" "n$domid" r0
    xenstore-chmod "$frontend/mtu" n0 "r$domid"
    xenstore-chmod "$backend" n0 "r$domid"
}

guest_mac() { printf '00:16:3e:00:%02x:%02x\n' "$(($1 % 256))" "$2"; }

# --- the network ----------------------------------------------------------------------------------------------------

# world_reset: dom0 with nothing but lo, as if just booted; no guests, no files, an empty store.
world_reset() {
    local name
    for name in $(ip -j link show type bridge | jq -r '.[].ifname // empty'); do
        ip link delete dev "$name"
    done
    for name in $(ip -j link | jq -r '.[] | select(.ifname != "lo") | .ifname'); do
        ip link delete dev "$name" 2>/dev/null || true # the other end of a pair that has just gone
    done
    ip -all netns delete
    ip rule flush && ip rule add pref 32766 lookup main && ip rule add pref 32767 lookup default
    ip -6 rule flush && ip -6 rule add pref 32766 lookup main
    rm -rf /run/dom0net /run/xen-hotplug /var/log/xen /etc/xen /run/sandbox/syslog.seen
    mkdir -p /var/log/xen /etc/xen/scripts/vif-post.d
    : >/run/sandbox/syslog
    quiet_sysctls
    if store_is_there; then
        xenstore-rm /local 2>/dev/null || true
    fi
}

# A new namespace takes some settings from the machine; the world starts from the kernel's own defaults, except that
# duplicate address detection, a second of waiting, is off.
quiet_sysctls() {
    sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
        net.ipv4.ip_forward=0 net.ipv4.conf.all.promote_secondaries=0 net.ipv4.conf.default.promote_secondaries=0
    [[ ! -d /proc/sys/net/ipv6 ]] ||
        sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
            net.ipv6.conf.default.addr_gen_mode=0 net.ipv6.conf.all.forwarding=0 \
            net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.all.proxy_ndp=0
}

# wire DEVICE [MAC]: a DEVICE in dom0 whose other end, of the same name, is in the namespace lan.
#
# Linux tells a change of carrier at once where a device's own number differs from its peer's, and up to a second late
# where they are the same, as with a real network card. Tests are in a hurry; where the delay itself is what matters,
# like_a_card=yes.
wire_number=100
wire() {
    local device=$1 mac=${2:-02:00:00:00:00:02} number=$((++wire_number)) peer
    if [[ ${like_a_card:-no} == yes ]]; then peer=$number; else peer=$((number + 1000)); fi
    ip netns add lan 2>/dev/null || true
    in_lan sysctl -qw net.ipv6.conf.default.accept_dad=0
    ip link add "$device" index "$number" address "$mac" type veth peer name "$device" index "$peer" netns lan
    in_lan ip link set "$device" up
    in_lan ip link set lo up
    ip link set "$device" up
    poll 5 is_operational "$device"
}

is_operational() { [[ $(cat "/sys/class/net/$1/operstate") == up ]]; }

# plain_host: what most hosts look like.
plain_host() {
    wire eth0
    in_lan ip address add 192.0.2.1/24 dev eth0
    in_lan ip address add 2001:db8::1/64 dev eth0 nodad
    in_lan ip route add default via 192.0.2.2
    ip address add 192.0.2.2/24 broadcast + dev eth0
    ip address add 2001:db8::2/64 dev eth0 nodad
    ip route add default via 192.0.2.1
    ip -6 route add default via 2001:db8::1
    poll 5 link_local_ready eth0
}

link_local_ready() {
    ip -j -6 address show dev "$1" scope link | jq -e '[.[].addr_info[]? | select(.tentative | not)] | length > 0' \
        >/dev/null
}

# rich_host: everything an administrator may have put on one NIC.
rich_host() {
    wire eth0
    in_lan ip address add 192.0.2.1/24 dev eth0
    in_lan ip address add 198.51.100.1/24 dev eth0
    in_lan ip address add 2001:db8::1/64 dev eth0 nodad
    in_lan ip link set eth0 mtu 1400
    ip link set eth0 mtu 1400 txqueuelen 2000
    ip address add 192.0.2.2/24 broadcast 192.0.2.255 label eth0:main valid_lft 40000 preferred_lft 30000 dev eth0
    ip address add 198.51.100.2/24 dev eth0
    ip address add 10.77.0.2 peer 10.77.0.1/32 dev eth0
    ip address add 2001:db8::2/64 dev eth0 nodad
    ip address add 2001:db8:0:1::2/64 valid_lft 50000 preferred_lft 20000 dev eth0 nodad
    ip route add default via 192.0.2.1 metric 50 src 192.0.2.2
    ip route add 203.0.113.0/25 via 192.0.2.1 metric 100 mtu 1300
    ip route add 203.0.113.128/25 via 192.0.2.77 dev eth0 onlink
    ip route add 10.88.0.0/16 nexthop via 192.0.2.1 dev eth0 weight 1 nexthop via 198.51.100.1 dev eth0 weight 3
    ip route add 10.99.0.0/16 dev eth0 scope link
    ip route add default via 198.51.100.1 table 100
    ip route add 198.51.100.0/24 dev eth0 src 198.51.100.2 table 100
    ip -6 route add default via 2001:db8::1 metric 50
    ip -6 route add 2001:db8:f::/48 via 2001:db8::1 metric 100 mtu 1300
    ip -6 route add 2001:db8:e::/48 nexthop via 2001:db8::1 dev eth0 nexthop via 2001:db8::9 dev eth0
    ip -6 route add default via 2001:db8::1 dev eth0 table 100
    ip rule add pref 1000 from 198.51.100.2 lookup 100
    ip rule add pref 1001 iif eth0 lookup 100
    ip -6 rule add pref 1000 from 2001:db8:0:1::/64 lookup 100
    ip neighbour add 192.0.2.99 lladdr 02:00:00:00:00:99 nud permanent dev eth0
    ip -6 neighbour add 2001:db8::99 lladdr 02:00:00:00:00:99 nud permanent dev eth0
    ip neighbour add proxy 192.0.2.98 dev eth0
    ip maddress add 33:33:00:00:be:ef dev eth0
    sysctl -qw net.ipv4.conf.eth0.arp_announce=2 net.ipv6.conf.eth0.hop_limit=77
    poll 5 link_local_ready eth0
}

# vif DOMID DEVID: netback's interface, and the guest's end of it, which is up.
vif() {
    local name="vif$1.$2"
    ip netns add "guest$1" 2>/dev/null || true
    ip link add "$name" type veth peer name "eth$2" address "$(guest_mac "$1" "$2")" netns "guest$1"
    in_guest "$1" ip link set "eth$2" up
}

# bridge NAME: a bridge as `network-bridge start` leaves one, without a NIC.
bridge() {
    ip link add name "$1" address "${2:-02:00:00:00:0b:00}" type bridge stp_state 0 forward_delay 0
    ip link set dev "$1" up
}

# --- the programs, as their callers call them -----------------------------------------------------------------------

# as_libxl SCRIPT COMMAND DOMID DEVID [NAME=VALUE...]: libxl's arguments and environment; type vif for online and
# offline, tap for add and remove. NAME=VALUE changes the environment; an empty value unsets.
as_libxl() {
    local script=$1 command=$2 domid=$3 devid=$4 type=vif name
    local -A environment=(
        [script]=/etc/xen/scripts/$script [XENBUS_TYPE]=vif [XENBUS_PATH]=backend/vif/$domid/$devid
        [XENBUS_BASE_PATH]=backend [netdev]="" [vif]=vif$domid.$devid
    )
    case $command in
        add | remove) type=tap environment[INTERFACE]=vif$domid.$devid-emu ;;
    esac
    local -a words=()
    for name in "${@:5}"; do
        environment[${name%%=*}]=${name#*=}
        [[ -n ${name#*=} ]] || unset "environment[${name%%=*}]"
    done
    for name in "${!environment[@]}"; do
        words+=("$name=${environment[$name]}")
    done
    env "${words[@]}" "$DOM0NET_BIN/$script" "$command" "type_if=$type" </dev/null
}

network_bridge() { "$DOM0NET_BIN/network-bridge" "$@" </dev/null; }
vif_bridge() { "$DOM0NET_BIN/vif-bridge" "$@" </dev/null; }
dom0net() { "${DOM0NET_SBIN:-$DOM0NET_BIN}/dom0net" "$@" </dev/null; }

# --- what is there --------------------------------------------------------------------------------------------------

# Lifetimes count down, so what is compared is whether there is one; a bridge's own timers never stand still; the groups a
# device has joined are a set.
readonly steady='walk(if type == "object" then with_entries(
    if (.key | test("_life_time$|^expires$")) and .value != 4294967295 then .value = "limited"
    elif .key | test("_timer$") then empty
    elif .key == "maddr" then .value |= sort else . end) else . end)'

section() {
    echo "\"## $1\""
    "${@:2}" 2>/dev/null || true
}

# net_state: all that dom0 knows of its network, in ip's own words, a line a fact; to be compared as text.
net_state() {
    {
        section links ip -j -d link
        section addresses ip -j -d address
        section routes ip -j -d -4 route show table all
        section "IPv6 routes" ip -j -d -6 route show table all
        section rules ip -j -d -4 rule
        section "IPv6 rules" ip -j -d -6 rule
        section neighbours ip -j -d neighbour show nud permanent
        section proxies ip -j -d neighbour show proxy
        section "IPv6 proxies" ip -j -d -6 neighbour show proxy
        section nexthops ip -j -d nexthop
        section multicast ip -j maddress
    } | jq -c "$steady | if type == \"array\" then .[] else . end"
    echo "## settings"
    ( # some can be written only
        cd /proc/sys/net
        grep -rs . ipv4/conf ipv6/conf ipv4/neigh ipv6/neigh || true
    ) | LC_ALL=C sort
}

addresses_of() { ip -j address show dev "$1" | jq -r '.[].addr_info[] | select(.scope == "global") | "\(.local)/\(.prefixlen)"'; }
link_field() { ip -j -d link show dev "$1" | jq -r ".[0] | $2"; }
# knows_vlans BRIDGE: whether this kernel's bridges can keep VLANs apart (CONFIG_BRIDGE_VLAN_FILTERING).
knows_vlans() { [[ -e /sys/class/net/$1/bridge/default_pvid ]]; }
master_of() { link_field "$1" '.master // ""'; }
mac_of() { link_field "$1" .address; }
mtu_of() { link_field "$1" .mtu; }
is_up() { link_field "$1" '.flags | index("UP") != null' | grep -qx true; }
exists() { ip link show dev "$1" >/dev/null 2>&1; }

# --- loss -----------------------------------------------------------------------------------------------------------

echo_start() {
    "$DOM0NET_SUPPORT/probe" echo 7777 3>&- </dev/null >/dev/null 2>&1 &
    echo_pid=$!
}

echo_stop() {
    kill "$echo_pid"
    wait "$echo_pid" 2>/dev/null || true
}

# while_probed COMMAND...: runs it while the LAN sends a probe a millisecond to dom0 in each family; the probes go on
# for a second more, since a kernel that loses its way does so late. Its exit status is the command's; the report, a
# line of JSON per address, is in the file $probe_report.
probe_report=/run/tmp/probe
while_probed() {
    local status=0 pid
    : >"$probe_report"
    ip netns exec lan "$DOM0NET_SUPPORT/probe" send 7777 192.0.2.2 2001:db8::2 3>&- >"$probe_report" &
    pid=$!
    poll 6 grep -q ready "$probe_report" || return 1
    sleep 0.2
    "$@" || status=$?
    sleep "${probe_after:-1.2}"
    kill -TERM "$pid"
    wait "$pid"
    return "$status"
}

probes_lost() { grep -h '^{' "$probe_report" | jq -s 'map(.lost) | add'; }
probes_lost_in_a_row() { grep -h '^{' "$probe_report" | jq -s 'map(.longest) | max'; }
probes_sent() { grep -h '^{' "$probe_report" | jq -s 'map(.sent) | add'; }
