# shellcheck shell=bash disable=SC2154 # world.sh has the names
# dom0.bash: what the cases share. dom0 is the real one, so are its guests; the LAN is a namespace with a card of its own.
#
#     lan (namespace)                   dom0                          guests
#     eth1 192.0.2.1/24   -- wire --   eth0 192.0.2.2/24   vif<D>.<N>  eth0
#          2001:db8::1/64        \--   eth2 2001:db8::2/64
#
# Booting a guest takes long, so one, `g1`, is kept: a case attaches the cards it needs, and loses them at its end.

# shellcheck source=test/support/world.sh
source "${BASH_SOURCE[0]%/*}/../support/world.sh"
# shellcheck source=test/support/claims.bash
source "${BASH_SOURCE[0]%/*}/../support/claims.bash"

export BATS_TEST_TIMEOUT=600 # the machine is emulated, and may be a busy one

# poll: as elsewhere, but a look costs more here.
poll() {
    local deadline=$((SECONDS + $1 + 1))
    until "${@:2}"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.2
    done
}

# bats waits for whoever holds its descriptors; xl leaves a daemon behind.
xl() { command xl "$@" </dev/null 3>&- 4>&-; }

# The same facts as elsewhere, without starting jq, which takes seconds here.
master_of() { basename "$(readlink "/sys/class/net/$1/master")"; }
mac_of() { cat "/sys/class/net/$1/address"; }
is_up() { (($(cat "/sys/class/net/$1/flags") & 1)); }
exists() { [[ -e /sys/class/net/$1 ]]; }

# begin_with COMMAND...: dom0 as the command makes it from nothing, unless the case before began so too, and ended well.
# In either case the guest that is kept has no card.
begin_with() {
    world="$*" # a case that leaves another one behind empties it
    detach_all
    if [[ -e /run/tmp/world && $(</run/tmp/world) == "$world" ]]; then
        rm /run/tmp/world
        return
    fi
    rm -f /run/tmp/world
    dom0_reset
    "$@"
}

teardown() {
    [[ -z ${BATS_TEST_COMPLETED:-} ]] || echo "${world:-}" >/run/tmp/world
}

# dom0_reset: nothing but the two cards, the LAN and the guests that are kept.
dom0_reset() {
    local name
    "$DOM0NET_SBIN/dom0net" rollback >/dev/null 2>&1 || true
    for name in /sys/class/net/*; do
        name=${name##*/}
        case $name in
            lo | eth0 | eth2 | vif* | bonding_masters) ;;
            peth0) ip link set dev peth0 down name eth0 ;;
            *) ip link delete dev "$name" 2>/dev/null || true ;; # gone with another
        esac
    done
    nft flush ruleset
    rm -rf /run/dom0net /etc/xen/dom0net.json
    quiet_sysctls
    ip -batch - <<<"link set dev eth0 down
address flush dev eth0
link set dev eth2 down
address flush dev eth2"
    for name in $(in_lan ls /sys/class/net); do
        [[ $name != eth1.* ]] || in_lan ip link delete dev "$name"
    done
    in_lan sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
    ip -n lan -batch - <<<"link set dev eth1 down
address flush dev eth1
link set dev eth1 up"
}

# plain_dom0: what most hosts look like.
plain_dom0() { host_on eth0 eth1; }

# host_on DEVICE LAN-DEVICE: addresses and routes of a plain host.
host_on() {
    local device=$1 lan=$2
    ip -n lan -batch - <<<"address add 192.0.2.1/24 dev $lan
address add 2001:db8::1/64 dev $lan nodad"
    ip -batch - <<<"link set dev $device up
address add 192.0.2.2/24 broadcast + dev $device
address add 2001:db8::2/64 dev $device nodad
route add default via 192.0.2.1
route add default via 2001:db8::1"
    lan_reaches 192.0.2.2
    lan_reaches 2001:db8::2
}

# bridged_dom0: the same, after network-bridge has moved the card.
bridged_dom0() {
    plain_dom0
    network_bridge start
}

# --- guests ---------------------------------------------------------------------------------------------------------

# guest_config NAME [VIF...]: a VIF as in xl's vif=[...]; prints the file's name.
guest_config() {
    local file=/run/$1.cfg
    {
        printf 'name="%s"\nkernel="/boot/vmlinux"\nramdisk="/boot/guest.cpio"\nmemory=192\nvcpus=1\n' "$1"
        echo 'extra="console=hvc0 quiet mitigations=off init_on_alloc=0 rdinit=/init"'
        printf 'vif=['
        [[ $# -lt 2 ]] || printf '"%s",' "${@:2}"
        echo ']'
    } >"$file"
    echo "$file"
}

# domid NAME: from the store, since xl takes a second to start.
domid() {
    local number
    for number in $(xenstore-list /local/domain); do
        [[ $(store_read "/local/domain/$number/name") != "$1" ]] || { echo "$number" && return; }
    done
    return 1
}
is_running() { domid "$1" >/dev/null; }
is_gone() { ! is_running "$1"; }
answer_of() { xenstore-read -R "/local/domain/$1/data/answer" 2>/dev/null; }
listens() { answer_of "$1" >/dev/null; }

# kept_guest NAME [VIF...]: the guest, booted now unless it runs already; its number is in $id.
kept_guest() {
    is_running "$1" || xl create "$(guest_config "$@")"
    id=$(domid "$1")
    poll 300 listens "$id"
}

# in_domain COMMAND...: inside the guest with the number $id; what it says and its exit status.
in_domain() {
    local number=$RANDOM
    xenstore-write "/local/domain/$id/data/command" "$number $*"
    poll 240 has_answered || return
    [[ $answer != *$'\n'* ]] || echo "${answer#*$'\n'}"
    answer=${answer%%$'\n'*}
    return "${answer#* }"
}

has_answered() {
    answer=$(answer_of "$id")
    [[ $answer == "$number "* ]]
}

# attach DEVID ARGUMENT...: gives g1 one more card, as xl's network-attach has it.
attach() {
    xl network-attach g1 "mac=$(guest_mac "$id" "$1")" "devid=$1" "${@:2}"
}

# its_card ADDRESS...: the only card of g1, so its eth0, is up and has these addresses (10.0.0.2/24).
its_card() {
    local address commands=""
    for address in "$@"; do
        commands+="; ip address add $address dev eth0"
    done
    poll 240 in_domain ip link set eth0 up && in_domain "${commands#; }"
}

detach() { xl network-detach g1 "$1"; }

detach_all() {
    local number guest
    guest=$(domid g1) || return 0
    for number in $(xenstore-list "/local/domain/$guest/device/vif" 2>/dev/null); do
        detach "$number"
    done
}

pings() { ping -c 1 -W 1 -q "$1" >/dev/null; }
reaches() { poll 60 pings "$1"; }
lan_pings() { in_lan ping -c 1 -W 1 -q "$1" >/dev/null; }
lan_reaches() { poll 60 lan_pings "$1"; }

# --- before and after -----------------------------------------------------------------------------------------------

# net_state: as elsewhere, from few processes and without jq. Lifetimes count down, a bridge's timers never stand still;
# the groups a device has joined are a set, and so are the routes to the host itself, which the kernel keeps: a tagged card
# has the link-local address of the card below it.
net_state() {
    local state
    state=$({
        ip -d -o -batch - <<<"link
address
route show table all
rule
neighbour show nud permanent
neighbour show proxy
nexthop"
        ip -6 -d -o -batch - <<<"rule
neighbour show proxy"
    } 2>/dev/null | sed -E 's/_timer +[0-9.]+//g; s/(_lft|expires) [0-9]+sec/\1 limited/g')
    echo "## links, addresses, routes and the rest"
    grep -v ' table local ' <<<"$state"
    grep ' table local ' <<<"$state" | LC_ALL=C sort
    echo "## multicast"
    ip maddress | awk '/^[0-9]/ { device = $2; next } { print device, $0 }' | LC_ALL=C sort
    echo "## settings"
    ( # some can be written only
        cd /proc/sys/net
        grep -rs . ipv4/conf ipv6/conf ipv4/neigh ipv6/neigh || true
    ) | LC_ALL=C sort
}

# filter_entries: what is in our sets of nftables; our tables themselves, which are the same for all guests, may stay.
filter_entries() { nft list ruleset | sed -n '/elements = {/,/}/p'; }
entries_with() { filter_entries | grep -oF "$1" | wc -l; }

# all_of_ours: what the programs may have left: entries in the filter, queues, records, the store. The empty file of a lock stays
# while there is any record beside it (lib/base/lock.h, I2 to I4).
all_of_ours() {
    section nft filter_entries
    section tc tc qdisc show
    section records find /run/dom0net -type f ! -name '*.lock'
    section "back ends" xenstore-ls -f /local/domain/0/backend/vif
}

host_state() {
    net_state
    all_of_ours
}

remember() { host_state >/run/tmp/before; }

is_as_before() {
    host_state >/run/tmp/now
    cmp -s /run/tmp/before /run/tmp/now
}

# as_before WHAT
as_before() { poll 60 is_as_before || same "$1" /run/tmp/before /run/tmp/now; }
