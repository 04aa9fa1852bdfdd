#!/usr/bin/env bats
# network-bridge: the NIC goes onto the bridge with all it has, and comes back.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash

setup() {
    world_reset
    dom0_before=/run/tmp/dom0.before
}

remember() { net_state >"$dom0_before"; }

# as_before WHAT: dom0 is, byte for byte, as it was when it was remembered; carrier is told late, so it may take a moment.
as_before() {
    poll 3 is_as_before || same "$1" "$dom0_before" /run/tmp/dom0.now
}

is_as_before() {
    net_state >/run/tmp/dom0.now
    cmp -s "$dom0_before" /run/tmp/dom0.now
}

# moved NIC BRIDGE: the NIC is a port, without addresses and routes of its own; the bridge is up and as we make them.
moved() {
    claim "master of $1" "$(master_of "$1")" "$2"
    is_up "$1"
    is_up "$2"
    claim "addresses of $1" "$(addresses_of "$1")" ""
    claim "routes of $1" "$(ip route show dev "$1"; ip -6 route show dev "$1")" ""
    claim "STP of $2" "$(link_field "$2" .linkinfo.info_data.stp_state)" 0
    claim "forward delay of $2" "$(link_field "$2" .linkinfo.info_data.forward_delay)" 0
    claim "MAC of $2" "$(mac_of "$2")" "$(mac_of "$1")"
    claim "MTU of $2" "$(mtu_of "$2")" "$(mtu_of "$1")"
}

lan_reaches_dom0() {
    in_lan ping -c 1 -W 2 -q 192.0.2.2 >/dev/null
    in_lan ping -c 1 -W 2 -q 2001:db8::2 >/dev/null
}

# routes DEVICE: every route in the tables an administrator uses, with DEVICE's name taken out.
routes() {
    local table family
    for family in -4 -6; do
        for table in main 100; do
            ip -j -d "$family" route show table "$table" 2>/dev/null | jq -c "$steady | .[]" | sed "s/\"$1\"/\"-\"/g"
        done
    done
}

# address_facts DEVICE: every address with all its attributes, but for the label, which goes with the device's name.
address_facts() {
    ip -j -d address show dev "$1" | jq -c "$steady | .[0].addr_info | map(del(.label)) | .[]"
}

# --- there and back -------------------------------------------------------------------------------------------------

@test "start: xenbr0 has the NIC as its port, and the host's addresses and routes (S66, S67)" {
    plain_host
    works network_bridge start
    moved eth0 xenbr0
    claim "addresses" "$(addresses_of xenbr0)" $'192.0.2.2/24\n2001:db8::2/64'
    ip route get 203.0.113.1 | grep -q 'via 192.0.2.1 dev xenbr0'
    ip route get 2001:db8:ffff::1 | grep -q 'via 2001:db8::1 dev xenbr0'
    lan_reaches_dom0
}

@test "stop: dom0 is byte for byte as before start (S70)" {
    plain_host
    remember
    works network_bridge start
    works network_bridge stop
    as_before "dom0 after stop"
    lan_reaches_dom0
}

@test "stop finds its NIC by itself, by the bridge's name, and by the NIC's (S70)" {
    plain_host
    remember
    local words
    for words in "" bridge=xenbr0 netdev=eth0 "netdev=eth0 bridge=xenbr0"; do
        # shellcheck disable=SC2086 # two words
        works network_bridge start
        # shellcheck disable=SC2086
        works network_bridge stop $words
        as_before "dom0 after stop $words"
    done
}

@test "start twice is start once (S68)" {
    plain_host
    works network_bridge start
    poll 3 is_operational xenbr0
    remember
    works network_bridge start
    as_before "dom0 after the second start"
    works network_bridge start netdev=eth0 bridge=xenbr0
    as_before "dom0 after the third start"
}

@test "stop without start, and stop twice, change nothing, successfully (S71)" {
    plain_host
    remember
    works network_bridge stop
    as_before "dom0 after stop"
    works network_bridge start
    works network_bridge stop
    works network_bridge stop
    as_before "dom0 after the second stop"
}

@test "a host with everything on its NIC: all of it is on the bridge after start (S72)" {
    rich_host
    address_facts eth0 >/run/tmp/addresses.before
    routes eth0 >/run/tmp/routes.before
    works network_bridge start
    address_facts xenbr0 >/run/tmp/addresses.now
    routes xenbr0 >/run/tmp/routes.now
    same "addresses" /run/tmp/addresses.before /run/tmp/addresses.now
    same "routes" /run/tmp/routes.before /run/tmp/routes.now
    moved eth0 xenbr0
    claim "txqueuelen" "$(link_field xenbr0 .txqlen)" 2000
    claim "permanent neighbour" "$(ip -j neighbour show dev xenbr0 nud permanent | jq -r 'map(.dst) | sort | join(" ")')" \
        "192.0.2.99 2001:db8::99"
    claim "proxy entry" "$(ip -j neighbour show proxy dev xenbr0 | jq -r '.[].dst')" 192.0.2.98
    claim "arp_announce" "$(cat /proc/sys/net/ipv4/conf/xenbr0/arp_announce)" 2
    claim "hop_limit" "$(cat /proc/sys/net/ipv6/conf/xenbr0/hop_limit)" 77
    ip rule | grep -q '1001:.*iif xenbr0 lookup 100'
    ip maddress show dev xenbr0 | grep -q 33:33:00:00:be:ef
}

@test "a host with everything on its NIC: stop gives it all back, attribute by attribute (S72)" {
    rich_host
    remember
    works network_bridge start
    works network_bridge stop
    as_before "dom0 after stop"
}

@test "lifetimes go on counting down; they are neither lost nor renewed" {
    rich_host
    works network_bridge start
    works network_bridge stop
    ip -j address show dev eth0 | jq -e '.[0].addr_info | map(select(.local == "192.0.2.2"))[0]
        | .valid_life_time <= 40000 and .valid_life_time > 39900
            and .preferred_life_time <= 30000 and .preferred_life_time > 29900'
    ip -j address show dev eth0 | jq -e '.[0].addr_info | map(select(.local == "2001:db8:0:1::2"))[0]
        | .valid_life_time <= 50000 and .valid_life_time > 49900'
}

@test "a hundred addresses and five hundred routes go and come back" {
    plain_host
    local n
    for n in {10..109}; do echo "address add 198.51.100.$n/32 dev eth0"; done | ip -batch -
    for n in {1..250}; do echo "route add 10.$n.0.0/16 via 192.0.2.1 metric $n"; done | ip -batch -
    for n in {1..250}; do echo "route add 2001:db8:$n::/48 via 2001:db8::1"; done | ip -6 -batch -
    remember
    works network_bridge start
    claim "routes on the bridge" "$(ip route show dev xenbr0 | grep -c '^10\.')" 250
    works network_bridge stop
    as_before "dom0 after stop"
}

@test "what was changed on the bridge while it was up goes back with stop" {
    plain_host
    works network_bridge start
    ip address add 203.0.113.9/24 dev xenbr0
    ip address change 192.0.2.2/24 dev xenbr0 valid_lft 7200 preferred_lft 3600
    ip route add 10.1.0.0/16 via 192.0.2.1
    ip address delete 2001:db8::2/64 dev xenbr0
    works network_bridge stop
    claim "addresses" "$(addresses_of eth0)" $'192.0.2.2/24\n203.0.113.9/24'
    ip -j address show dev eth0 | jq -e '.[0].addr_info[] | select(.local == "192.0.2.2") | .valid_life_time <= 7200'
    ip route get 10.1.2.3 | grep -q 'dev eth0'
}

@test "duplicate address detection is not repeated" {
    plain_host
    sysctl -qw net.ipv6.conf.all.accept_dad=1 net.ipv6.conf.default.accept_dad=1 net.ipv6.conf.eth0.accept_dad=1
    works network_bridge start
    claim "tentative addresses" "$(ip -j -6 address show tentative | jq '[.[].addr_info[]?] | length')" 0
    works network_bridge stop
    claim "tentative addresses" "$(ip -j -6 address show tentative | jq '[.[].addr_info[]?] | length')" 0
}

# --- layouts and names ----------------------------------------------------------------------------------------------

@test "bridge = netdev: the bridge takes the NIC's name, and the NIC is p<name> (S66)" {
    plain_host
    remember
    works network_bridge start netdev=eth0 bridge=eth0
    moved peth0 eth0
    claim "kind of eth0" "$(link_field eth0 .linkinfo.info_kind)" bridge
    claim "addresses" "$(addresses_of eth0)" $'192.0.2.2/24\n2001:db8::2/64'
    lan_reaches_dom0
    works network_bridge stop
    as_before "dom0 after stop"
}

@test "an alternative name of the NIC will do, and survives start and stop (F3)" {
    plain_host
    ip link property add dev eth0 altname enp3s0
    ip link property add dev eth0 altname a-name-longer-than-fifteen
    remember
    works network_bridge start netdev=a-name-longer-than-fifteen
    moved eth0 xenbr0
    claim "alternative names" "$(ip -j link show eth0 | jq -c '.[0].altnames')" '["enp3s0","a-name-longer-than-fifteen"]'
    works network_bridge start netdev=enp3s0
    works network_bridge stop netdev=enp3s0
    as_before "dom0 after stop"
}

@test "an alternative name will do where the bridge takes the NIC's name, too (F3)" {
    plain_host
    ip link property add dev eth0 altname enp3s0
    remember
    works network_bridge start netdev=enp3s0 bridge=enp3s0
    moved peth0 eth0
    claim "alternative names" "$(ip -j link show peth0 | jq -c '.[0].altnames')" '["enp3s0"]'
    works network_bridge start netdev=enp3s0 bridge=enp3s0
    works network_bridge stop bridge=enp3s0
    as_before "dom0 after stop"
}

@test "any name may carry the default route (S75)" {
    local name
    for name in enp3s0 br-lan eth0.100 wan0 a; do
        world_reset
        plain_host
        ip link set eth0 down
        ip link set eth0 name "$name"
        ip link set dev "$name" up
        poll 5 is_operational "$name"
        ip route replace default via 192.0.2.1 dev "$name"
        works network_bridge start
        moved "$name" xenbr0
        works network_bridge stop
        claim "addresses of $name" "$(addresses_of "$name" | head -n 1)" 192.0.2.2/24
    done
}

@test "of two default routes the better one decides" {
    plain_host
    wire eth1 02:00:00:00:01:02
    ip address add 198.51.100.2/24 dev eth1
    ip route add default via 198.51.100.1 dev eth1 metric 200
    works network_bridge start
    moved eth0 xenbr0
    works network_bridge stop
    ip route delete default via 192.0.2.1
    ip route add default via 192.0.2.1 metric 300
    works network_bridge start
    [[ $(master_of eth1) == xenbr* ]]
    claim "master of eth0" "$(master_of eth0)" ""
}

@test "without an IPv4 default route the IPv6 one decides" {
    plain_host
    ip route delete default
    works network_bridge start
    moved eth0 xenbr0
}

@test "without any default route it asks for a netdev, and changes nothing" {
    plain_host
    ip route delete default
    ip -6 route delete default
    remember
    not network_bridge start
    as_before "dom0"
}

@test "a NIC without an address or a route can be bridged, too" {
    wire eth0
    poll 5 link_local_ready eth0
    remember
    works network_bridge start netdev=eth0
    moved eth0 xenbr0
    works network_bridge stop
    as_before "dom0 after stop"
}

@test "vifnum=1 means eth1 and xenbr1" {
    plain_host
    wire eth1 02:00:00:00:01:02
    works network_bridge start vifnum=1
    moved eth1 xenbr1
    claim "master of eth0" "$(master_of eth0)" ""
}

@test "bridge=null does nothing, successfully (S76)" {
    plain_host
    remember
    works network_bridge start bridge=null
    works network_bridge stop bridge=null
    as_before "dom0"
}

@test "two pairs live side by side, and stop each on its own (S77)" {
    plain_host
    wire eth1 02:00:00:00:01:02
    ip address add 198.51.100.2/24 dev eth1
    poll 5 link_local_ready eth1
    remember
    works network_bridge start netdev=eth0 bridge=xenbr0
    works network_bridge start netdev=eth1 bridge=xenbr1
    moved eth0 xenbr0
    moved eth1 xenbr1
    works network_bridge stop bridge=xenbr0
    claim "master of eth0" "$(master_of eth0)" ""
    moved eth1 xenbr1
    works network_bridge stop netdev=eth1
    as_before "dom0 after both stops"
}

@test "other people's bridges do not matter (S69)" {
    plain_host
    bridge docker0 02:00:00:00:0d:0c
    bridge virbr0 02:00:00:00:0d:0d
    ip address add 172.17.0.1/16 dev docker0
    remember
    works network_bridge start
    moved eth0 xenbr0
    works network_bridge stop
    as_before "dom0 after stop"
}

@test "antispoof=yes is accepted, and nobody's firewall is touched (S78)" {
    plain_host
    remember
    works network_bridge start antispoof=yes
    moved eth0 xenbr0
    works network_bridge stop antispoof=yes
    as_before "dom0 after stop"
}

# --- what it tells --------------------------------------------------------------------------------------------------

@test "status names both devices and the addresses, for people and for programs (S79)" {
    plain_host
    works network_bridge status
    works network_bridge start
    works network_bridge status
    mentions xenbr0
    mentions eth0
    mentions 192.0.2.2
    mentions 2001:db8::2
    works network_bridge status --json
    jq -e . <<<"$said"
    mentions '"xenbr0"'
    mentions '"eth0"'
    works dom0net status
    mentions xenbr0
}

@test "--dry-run prints the plan and changes nothing" {
    plain_host
    remember
    works network_bridge start --dry-run
    as_before "dom0"
    mentions xenbr0
    mentions "192.0.2.2"
    works network_bridge start
    poll 3 is_operational xenbr0
    remember
    works network_bridge stop --dry-run
    as_before "dom0"
}

# --- refusals -------------------------------------------------------------------------------------------------------

# refuses_start WORD... : it fails, names the first WORD, and dom0 is as before.
refuses_start() {
    remember
    not network_bridge start "${@:2}" 2>/run/tmp/said
    said=$(cat /run/tmp/said)
    mentions "$1"
    as_before "dom0 after start ${*:2}"
}

@test "start refuses a NIC that is not there, by name (S74)" {
    plain_host
    refuses_start eth7 netdev=eth7
}

@test "start refuses a NIC that is a port already" {
    plain_host
    wire eth1 02:00:00:00:01:02
    bridge other 02:00:00:00:0b:01
    ip link set eth1 master other
    poll 5 is_operational other
    refuses_start "eth1 is a port" netdev=eth1 bridge=xenbr1
}

@test "start refuses a bridge name that something else has" {
    plain_host
    ip link add name xenbr0 type veth peer name other
    refuses_start xenbr0
}

@test "start refuses the loopback and a bridge as its NIC" {
    plain_host
    bridge other 02:00:00:00:0b:01
    refuses_start lo netdev=lo
    refuses_start other netdev=other
}

@test "stop refuses while guests are on the bridge, and names them; --force drops them (S82)" {
    plain_host
    remember
    works network_bridge start
    vif 5 0
    vif 6 1
    ip link set vif5.0 master xenbr0 up
    ip link set vif6.1 master xenbr0 up
    fails 1 network_bridge stop
    mentions vif5.0
    mentions vif6.1
    moved eth0 xenbr0
    lan_reaches_dom0
    works network_bridge stop --force
    not exists xenbr0
    ip link delete vif5.0
    ip link delete vif6.1
    ip netns delete guest5
    ip netns delete guest6
    as_before "dom0 after stop --force"
}

@test "two starts at once have one result (S81)" {
    plain_host
    remember
    local round
    for round in 1 2 3 4 5; do
        network_bridge start 3>&- >/dev/null 2>&1 &
        local one=$!
        network_bridge start 3>&- >/dev/null 2>&1 &
        wait "$one"
        wait $!
        moved eth0 xenbr0
        claim "bridges" "$(ip -j link show type bridge | jq length)" 1
        claim "links" "$(ip -j link | jq -r 'map(.ifname) | sort | join(" ")')" "eth0 lo xenbr0"
        works network_bridge stop
        as_before "dom0 after stop in round $round"
    done
}

# --- rollback and confirm -------------------------------------------------------------------------------------------

@test "dom0net rollback gives back the state of the snapshot" {
    rich_host
    remember
    works network_bridge start
    works dom0net rollback
    as_before "dom0 after rollback"
}

@test "dom0net rollback with nothing to roll back changes nothing" {
    plain_host
    remember
    dom0net rollback || true
    as_before "dom0"
}

@test "start --confirm reverts when nobody confirms" {
    plain_host
    remember
    works network_bridge start --confirm 6
    moved eth0 xenbr0
    poll 10 is_as_before || as_before "dom0 after the time was over"
}

@test "start --confirm stays when dom0net confirm comes in time" {
    plain_host
    works network_bridge start --confirm 6
    works dom0net confirm
    sleep 7
    moved eth0 xenbr0
    lan_reaches_dom0
}

@test "the revert timer outlives the session and its terminal (S29)" {
    plain_host
    remember
    setsid -w bash -c '"$1" start --confirm 6 </dev/null; kill -HUP 0' - "$DOM0NET_BIN/network-bridge" || true
    moved eth0 xenbr0
    poll 10 is_as_before || as_before "dom0 after the time was over"
}

# The process that waits, which is nobody's child.
revert_timer() { pgrep -x dom0net-revert; }

@test "the revert timer outlives SIGTERM and SIGHUP (S29)" {
    plain_host
    remember
    works network_bridge start --confirm 4
    local pid signal
    pid=$(revert_timer)
    for signal in TERM HUP INT QUIT USR1 PIPE; do
        kill -"$signal" "$pid"
    done
    moved eth0 xenbr0
    poll 10 is_as_before || as_before "dom0 after the time was over"
}

@test "the revert timer tries until the host went back (S29)" {
    plain_host
    remember
    works network_bridge start --confirm 2
    mount --bind /run/dom0net /run/dom0net
    mount -o remount,ro,bind /run/dom0net
    poll 6 grep -q 'tried again' /run/sandbox/syslog || true # where the way back needs no writing, it is done at once
    umount /run/dom0net
    poll 10 is_as_before || as_before "dom0 after the time was over"
}

# Runs a command in the group "login" of a tree of control groups of its own, mounted at /run/tmp/groups: the machine's
# other groups, which may be other tests', are not in it.
in_login() {
    mkdir -p /run/tmp/machine /run/tmp/groups
    mountpoint -q /run/tmp/machine || mount -t cgroup2 none /run/tmp/machine
    tree=$(mktemp -d /run/tmp/machine/dom0net-test-XXXXXX)
    # shellcheck disable=SC2016 # for the inner shell
    bash -c 'echo $$ >"$1/cgroup.procs" && exec unshare --cgroup bash -c "$2" - "${@:3}"' - "$tree" '
        mount -t cgroup2 none /run/tmp/groups && mkdir /run/tmp/groups/login &&
            echo $$ >/run/tmp/groups/login/cgroup.procs && exec "$@"' "$@"
}

groups_of_ours() { find "$tree" -mindepth 1 -type d -name 'dom0net-*'; }

nobody_is_in() { [[ -z $(cat "$tree/$1/cgroup.procs") ]]; }

# When the last process has left them.
no_groups() {
    poll 3 rmdir "$tree/login"
    poll 3 rmdir "$tree"
    umount -l /run/tmp/groups || true
    umount /run/tmp/machine
}

timer_leaves_its_login() { # timer_leaves_its_login WORD...
    plain_host
    remember
    in_login "$DOM0NET_BIN/network-bridge" start --confirm 3 "$@"
    poll 3 nobody_is_in login
    claim "groups of ours while it waits" "$(groups_of_ours | wc -l)" 1
    poll 10 is_as_before || as_before "dom0 after the time was over"
    poll 3 not revert_timer
    claim "groups of ours" "$(groups_of_ours)" ""
    no_groups
}

@test "the revert timer outlives the control group that it was started in, and leaves none behind (S29)" {
    timer_leaves_its_login
}

@test "a revert timer whose helpers outlive it leaves no control group behind either (S29)" {
    timer_leaves_its_login antispoof=yes
}

@test "a group of a revert timer that was killed is no hindrance to the next of its number (S29)" {
    plain_host
    # shellcheck disable=SC2016 # for the inner shell
    in_login bash -c 'for number in {1..300}; do mkdir "/run/tmp/groups/dom0net-revert-$(($$ + number))"; done
        exec "$@"' - "$DOM0NET_BIN/network-bridge" start --confirm 60 >/run/tmp/said
    not grep Warning /run/tmp/said
    poll 3 nobody_is_in login
    kill -9 "$(revert_timer)"
    poll 3 not revert_timer
    find "$tree" -mindepth 1 -type d -name 'dom0net-*' -exec rmdir {} +
    no_groups
}

@test "where systemd runs the host, it is asked for a scope of the timer's own (S29)" {
    plain_host
    mkdir -p /run/systemd/system /run/tmp/fake
    cat >/run/tmp/fake/busctl <<'END'
#!/bin/bash
echo "$@" >/run/tmp/asked
mkdir /run/tmp/groups/test.scope
echo "${*: -2:1}" >/run/tmp/groups/test.scope/cgroup.procs
END
    chmod +x /run/tmp/fake/busctl
    [[ -e /usr/bin/busctl ]] || : >/usr/bin/busctl
    mount --bind /run/tmp/fake/busctl /usr/bin/busctl
    in_login "$DOM0NET_BIN/network-bridge" start --confirm 60 >/run/tmp/said
    umount /usr/bin/busctl
    rm -r /run/systemd
    not grep Warning /run/tmp/said
    grep -qE 'StartTransientUnit .* dom0net-revert-[0-9]+.scope fail 1 PIDs au 1 [0-9]+ 0' /run/tmp/asked
    claim "who is in the scope" "$(cat "$tree/test.scope/cgroup.procs")" "$(revert_timer)"
    kill -9 "$(revert_timer)"
    poll 3 rmdir "$tree/test.scope"
    no_groups
}

@test "where the control group cannot be left, start says so (S29)" {
    plain_host
    in_login bash -c 'umount -l /run/tmp/groups /run/tmp/machine && exec "$@"' - \
        "$DOM0NET_BIN/network-bridge" start --confirm 60 >/run/tmp/said
    grep -q "Warning: the control group /login cannot be left" /run/tmp/said
    kill -9 "$(revert_timer)"
    mount -t cgroup2 none /run/tmp/machine
    no_groups
}

# --- records that cannot be trusted ---------------------------------------------------------------------------------

spoiled_record() { # spoiled_record COMMAND...: COMMAND spoils each of our files, given its name
    plain_host
    works network_bridge start
    local file
    while read -r file; do
        "$@" "$file"
    done < <(find /run/dom0net -type f -size +0 ! -name '*lock*')
}

host_is_reachable_and_told() {
    network_bridge stop >/run/tmp/said 2>&1 || true
    said=$(cat /run/tmp/said)
    mentions /run/dom0net/
    lan_reaches_dom0
    claim "one of the two has the address" \
        "$(ip -j address | jq '[.[].addr_info[] | select(.local == "192.0.2.2")] | length')" 1
}

halve() { truncate -s "$(($(stat -c %s "$1") / 2))" "$1"; }
scribble() { head -c "$(stat -c %s "$1")" /dev/urandom >"$1.new" && mv "$1.new" "$1"; }

@test "a truncated snapshot is quarantined, by name, and never trusted" {
    spoiled_record halve
    host_is_reachable_and_told
}

@test "a scribbled snapshot is quarantined, by name, and never trusted" {
    spoiled_record scribble
    host_is_reachable_and_told
}

@test "an empty snapshot is quarantined, by name, and never trusted" {
    spoiled_record truncate -s 0
    host_is_reachable_and_told
}
