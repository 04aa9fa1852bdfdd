#!/usr/bin/env bats
# dom0net start and stop: the network that dom0net.json or xend-config.sxp names, as dom0net.service makes it at boot.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash

setup() {
    world_reset
    rm -f /etc/xen/dom0net.json /etc/xen/xend-config.sxp /etc/xen/scripts/*network*
    plain_host
    net_state >/run/tmp/before
}

configured() { printf '%s\n' "$1" >/etc/xen/dom0net.json; }
for_xend() { printf '%s\n' "$1" >/etc/xen/xend-config.sxp; }

is_as_before() {
    net_state >/run/tmp/now
    cmp -s /run/tmp/before /run/tmp/now
}

as_before() { poll 3 is_as_before || same "dom0" /run/tmp/before /run/tmp/now; }

@test "nothing configured: nothing is done, and it is said what could be" {
    works dom0net start
    mentions "/etc/xen/dom0net.json"
    works dom0net stop
    as_before
}

@test "dom0net.json: start makes the network, twice is once; stop takes it back, byte for byte" {
    configured '{ "network": [ "network-bridge netdev=eth0 bridge=xenbr7", "network-nat" ] }'
    works dom0net start
    claim "master of eth0" "$(master_of eth0)" xenbr7
    nft list tables | grep -q dom0net
    works dom0net start
    claim "master of eth0" "$(master_of eth0)" xenbr7
    works dom0net stop
    as_before
    works dom0net stop
    as_before
}

@test "xend-config.sxp: its network-script is run with its words; what xend ignored is told" {
    for_xend $'# (network-script network-nat)\n(network-script \'network-bridge bridge=xenbr9\')\n(network-script network-route)'
    works dom0net start
    mentions "xend-config.sxp:3: ignoring another network-script"
    claim "master of eth0" "$(master_of eth0)" xenbr9
    works dom0net stop
    as_before
}

@test "xend-config.sxp: a wrapper that calls network-bridge for two cards, by the name in /etc/xen/scripts" {
    ip link add eth1 type veth peer name far1
    ip link set far1 netns lan && in_lan ip link set far1 up && ip link set eth1 up
    poll 3 is_operational eth1
    net_state >/run/tmp/before
    ln -s "$DOM0NET_BIN/network-bridge" /etc/xen/scripts/network-bridge # as "dom0net enable --names" does
    cat >/etc/xen/scripts/my-network <<'END'
#!/bin/sh
dir=$(dirname "$0")
"$dir/network-bridge" "$@" vifnum=0 netdev=eth0 bridge=xenbr0
"$dir/network-bridge" "$@" vifnum=1 netdev=eth1 bridge=xenbr1
END
    chmod 755 /etc/xen/scripts/my-network
    for_xend '(network-script my-network)'
    works dom0net start
    claim "masters" "$(master_of eth0) $(master_of eth1)" "xenbr0 xenbr1"
    works dom0net stop
    as_before
}

@test "a card that comes while start waits for it is moved" {
    configured '{ "network": [ "network-bridge netdev=late0 bridge=xenbr1" ] }'
    "${DOM0NET_SBIN:-$DOM0NET_BIN}/dom0net" start --wait 30 >/run/tmp/said 2>&1 </dev/null &
    local child=$!
    poll 5 somebody_waits_for_links
    ip link add late0 type veth peer name late1
    wait "$child" || claim "start" "$(cat /run/tmp/said)" "exit status 0"
    claim "master of late0" "$(master_of late0)" xenbr1
    works dom0net stop
    ip link del late0
    as_before
}

# somebody_waits_for_links: a socket listens to what the kernel tells of links, the first group of route netlink.
somebody_waits_for_links() { awk '$2 == 0 && $4 ~ /[13579bdf]$/ { found = 1 } END { exit !found }' /proc/net/netlink; }

@test "start fails loudly: a card that does not come, a script that fails; the others are done" {
    printf '#!/bin/sh\nexit 7\n' >/etc/xen/scripts/my-network && chmod 755 /etc/xen/scripts/my-network
    configured '{ "network": [ "network-bridge netdev=eth9", "my-network up", "network-bridge netdev=eth0" ] }'
    fails 1 dom0net start --wait 1
    mentions "there is no interface eth9"
    mentions "my-network start up failed with exit status 7"
    claim "master of eth0" "$(master_of eth0)" xenbr0
    rm /etc/xen/scripts/my-network
    configured '{ "network": [ "network-bridge netdev=eth0" ] }'
    works dom0net stop
    as_before
}

@test "--dry-run prints the calls, and does nothing" {
    configured '{ "network": [ "network-bridge netdev=eth0", "network-nat" ] }'
    works dom0net stop --dry-run
    claim "calls" "${said//$DOM0NET_BIN\//}" $'network-nat stop\nnetwork-bridge stop netdev=eth0'
    works dom0net start --dry-run
    claim "calls" "${said//$DOM0NET_BIN\//}" $'network-bridge start netdev=eth0\nnetwork-nat start'
    as_before
}

@test "xend-config.sxp: binary, 10 MB, cut off, nested without end, writable by others: refused in one sentence" {
    local file=/etc/xen/xend-config.sxp what
    head -c 1000000 /dev/zero | tr '\0' '(' >/run/tmp/nested
    printf "(network-script 'network-bridge" >/run/tmp/cut
    for what in "-c 4096 /bin/true" "-c 10000000 /dev/zero" "-c 10000000 /run/tmp/nested" /run/tmp/cut; do
        # shellcheck disable=SC2086 # words
        head $what >"$file"
        fails 1 dom0net start
        claim "lines that were said" "$(wc -l <<<"$said")" 1
        mentions "$file"
    done
    for_xend '(network-script network-bridge)' && chmod 666 "$file"
    fails 1 dom0net start
    mentions "others than root may write $file"
    as_before
}

@test "systemd takes dom0net.service, orders it between the network and the guests, and has it switched off" {
    command -v systemd-analyze >/dev/null || skip "there is no systemd-analyze"
    local unit=$DOM0NET_BUILD/dom0net.service folder=/run/tmp/units
    mkdir -p "$folder"
    # The program is where the unit says only once it is installed.
    sed -E 's|^(Exec[A-Za-z]+=)\S+/dom0net|\1/bin/true|' "$unit" >"$folder/dom0net.service"
    said=$(systemd-analyze verify --man=no "$folder/dom0net.service" 2>&1) || claim "verify" "$said" ""
    not grep -q 'dom0net\.service' <<<"$said"
    grep -q '^After=network-online.target' "$unit"
    grep -q '^Before=xendomains.service libvirtd.service' "$unit"
}
