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

# dom0_reset: nothing but the two cards, the LAN and the guests that are kept, without a card.
dom0_reset() {
    local name
    detach_all
    "$DOM0NET_SBIN/dom0net" rollback >/dev/null 2>&1 || true
    for name in /sys/class/net/*; do
        name=${name##*/}
        case $name in
            lo | eth0 | eth2 | vif* | bonding_masters) ;;
            peth0) ip link set dev peth0 down name eth0 ;;
            *) ip link delete dev "$name" 2>/dev/null || true ;; # gone with another
        esac
    done
    for name in $(in_lan ls /sys/class/net); do
        [[ $name != eth1.* ]] || in_lan ip link delete dev "$name"
    done
    nft flush ruleset
    rm -rf /run/dom0net /etc/xen/dom0net.json
    quiet_sysctls
    in_lan sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
    for name in eth0 eth2; do
        ip link set dev "$name" down
        ip address flush dev "$name"
    done
    in_lan ip link set dev eth1 down
    in_lan ip address flush dev eth1
    in_lan ip link set dev eth1 up
}

# plain_dom0 [DEVICE [LAN-DEVICE]]: addresses and routes of a plain host, on eth0 unless told otherwise.
plain_dom0() {
    local device=${1:-eth0} lan=${2:-eth1}
    in_lan ip address add 192.0.2.1/24 dev "$lan"
    in_lan ip address add 2001:db8::1/64 dev "$lan" nodad
    ip link set dev "$device" up
    ip address add 192.0.2.2/24 broadcast + dev "$device"
    ip address add 2001:db8::2/64 dev "$device" nodad
    ip route add default via 192.0.2.1
    ip -6 route add default via 2001:db8::1
    lan_reaches 192.0.2.2
    lan_reaches 2001:db8::2
}

# --- guests ---------------------------------------------------------------------------------------------------------

# guest_config NAME [VIF...]: a VIF as in xl's vif=[...]; prints the file's name.
guest_config() {
    local file=/run/$1.cfg
    {
        printf 'name="%s"\nkernel="/boot/vmlinux"\nramdisk="/boot/guest.cpio"\nmemory=192\nvcpus=1\n' "$1"
        echo 'extra="console=hvc0 quiet mitigations=off rdinit=/init"'
        printf 'vif=['
        [[ $# -lt 2 ]] || printf '"%s",' "${@:2}"
        echo ']'
    } >"$file"
    echo "$file"
}

domid() { xl domid "$1" 2>/dev/null; }
is_running() { domid "$1" >/dev/null; }
is_gone() { ! is_running "$1"; }
answer_of() { xenstore-read -R "/local/domain/$1/data/answer" 2>/dev/null; }
listens() { answer_of "$(domid "$1")" >/dev/null; }

# kept_guest NAME [VIF...]: the guest, booted now unless it runs already; its number is in $id.
kept_guest() {
    is_running "$1" || xl create "$(guest_config "$@")"
    poll 300 listens "$1"
    id=$(domid "$1")
}

# in_domain COMMAND...: inside the guest with the number $id; what it says and its exit status.
in_domain() {
    local number=$RANDOM
    xenstore-write "/local/domain/$id/data/command" "$number $*"
    poll 60 has_answered || return
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
    poll 60 in_domain ip link set eth0 up && in_domain "${commands#; }"
}

detach() { xl network-detach g1 "$1"; }

detach_all() {
    local number
    is_running g1 || return 0
    for number in $(xl network-list g1 | awk 'NR > 1 { print $1 }'); do
        detach "$number"
    done
}

pings() { ping -c 1 -W 1 -q "$1" >/dev/null; }
reaches() { poll 20 pings "$1"; }
lan_pings() { in_lan ping -c 1 -W 1 -q "$1" >/dev/null; }
lan_reaches() { poll 20 lan_pings "$1"; }

# --- before and after -----------------------------------------------------------------------------------------------

# entries_in_tables: what is in the sets of nftables. Our table itself, which is the same for all guests, may stay.
entries_in_tables() { nft list ruleset | sed -n '/elements = {/,/}/p'; }

# all_of_ours: what the programs may have left: entries in the filter, queues, records, the store.
all_of_ours() {
    section nft entries_in_tables
    section tc tc qdisc show
    section records find /run/dom0net -type f
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
as_before() { poll 20 is_as_before || same "$1" /run/tmp/before /run/tmp/now; }
