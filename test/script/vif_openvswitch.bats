#!/usr/bin/env bats
# vif-openvswitch as libxl calls it, with a real ovsdb-server and ovs-vswitchd: the port, the interface and the store afterwards.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash
load ../support/ovs.bash

uuid=0f2a9a8e-5f2b-4a63-9b7e-7d6f0c1b2a3d

setup_file() {
    ovs_installed || skip "Open vSwitch is not installed"
    store_start
    ovs_start
}
teardown_file() {
    ovs_stop
    store_stop
}

setup() {
    export ASAN_OPTIONS=detect_leaks=0
    ovs_clear
    world_reset
    ovs_bridge ovsbr0
    guest 5 web
}

# guest DOMID NAME [KEY=VALUE...]: the vif and what the toolstack writes of the domain.
guest() {
    vif "$1" 0
    vif_nodes "$1" 0 bridge=ovsbr0 "${@:3}"
    xenstore-write "/local/domain/$1/name" "$2" "/local/domain/$1/vm" "/vm/$uuid"
}

ovs() { as_libxl vif-openvswitch "$@"; }

on_ovs() {
    claim "bridge of $1" "$(bridge_of_port "$1")" "$2"
    claim "MAC of $1" "$(mac_of "$1")" fe:ff:ff:ff:ff:ff
    claim "error of $1" "$(ovs_get interface "$1" error)" "[]"
    is_up "$1"
}

off_ovs() {
    claim "bridge of $1" "$(bridge_of_port "$1")" ""
    claim "rows of $1" "$(rows_of_port Port "$1") $(rows_of_port Interface "$1")" "0 0"
    not is_up "$1"
}

# --- online and offline ---------------------------------------------------------------------------------------------

@test "online: the vif is a transient port, up, with its ids, and connected" {
    works ovs online 5 0
    on_ovs vif5.0 ovsbr0
    connected 5 0
    claim VLANs "$(vlans_of_port vif5.0)" "[] [] []"
    claim transient "$(ovs_get port vif5.0 other_config:transient)" true
    claim name "$(id_of_port vif5.0 xen-vm-name)" web
    claim UUID "$(id_of_port vif5.0 xen-vm-uuid)" "$uuid"
    claim "XAPI's UUID" "$(id_of_port vif5.0 xs-vm-uuid)" "$uuid"
    claim MAC "$(id_of_port vif5.0 attached-mac)" "$(guest_mac 5 0)"
    claim iface-id "$(id_of_port vif5.0 iface-id)" web.0
    claim iface-id-ver "$(id_of_port vif5.0 iface-id-ver)" "$uuid"
    claim vm-id "$(id_of_port vif5.0 vm-id)" "$uuid"
    claim iface-status "$(id_of_port vif5.0 iface-status)" active
}

@test "online twice is online once" {
    works ovs online 5 0
    ovs-vsctl list port >/run/tmp/before
    works ovs online 5 0
    ovs-vsctl list port >/run/tmp/after
    same "the ports" /run/tmp/before /run/tmp/after
    works env XENBUS_PATH=backend/vif/5/0 vif=vif5.0 "$DOM0NET_BIN/vif-openvswitch" --dry-run online
    claim "the plan" "$said" ""
}

@test "offline: no port, no row, down; and offline again succeeds, without the vif, and without bridge and store" {
    works ovs online 5 0
    works ovs offline 5 0
    off_ovs vif5.0
    works ovs offline 5 0
    works ovs online 5 0
    ip link delete vif5.0
    works ovs offline 5 0
    claim rows "$(rows_of_port Port vif5.0)" 0
    ovs_clear
    xenstore-rm /local
    works ovs offline 5 0
}

@test "an emulated card: add and remove, the same iface-id, inactive" {
    ip link add vif5.0-emu type veth peer name qemu5.0
    works ovs online 5 0
    works ovs add 5 0
    on_ovs vif5.0-emu ovsbr0
    claim iface-id "$(id_of_port vif5.0-emu iface-id)" web.0
    claim iface-status "$(id_of_port vif5.0-emu iface-status)" inactive
    works ovs remove 5 0
    off_ovs vif5.0-emu
    on_ovs vif5.0 ovsbr0
}

@test "frames go through: two guests on one bridge reach each other" {
    guest 6 db
    in_guest 5 ip address add 10.9.0.5/24 dev eth0
    in_guest 6 ip address add 10.9.0.6/24 dev eth0
    works ovs online 5 0
    works ovs online 6 0
    in_guest 5 ping -c 1 -W 5 10.9.0.6
}

@test "mtu= reaches the vif and the front end; without it, the bridge's does" {
    xenstore-write "$(backend_of 5 0)/mtu" 1400
    works ovs online 5 0
    claim "MTU" "$(mtu_of vif5.0)" 1400
    claim "the front end's MTU" "$(store_read "$(frontend_of 5 0)/mtu")" 1400
}

@test "rate-to-guest holds on an OVS port too" {
    echo '{ "rate-to-guest": "same" }' >/etc/xen/dom0net.json
    xenstore-write "$(backend_of 5 0)/rate" "50000,50000"
    works ovs online 5 0
    claim "the queue" "$(tc -j qdisc show dev vif5.0 root | jq -r '.[0] | "\(.kind) \(.options.rate)"')" "tbf 1000000"
    guest 6 db
    works ovs online 6 0
    claim "the queue" "$(tc -j qdisc show dev vif5.0 root | jq -r '.[0] | "\(.kind) \(.options.rate)"')" "tbf 1000000"
}

@test "a vifname: the port has it, under which it goes again" {
    xenstore-write "$(backend_of 5 0)/vifname" web0
    works ovs online 5 0
    on_ovs web0 ovsbr0
    works ovs offline 5 0
    off_ovs web0
}

@test "another guest's port that has the vifname by now stays" {
    xenstore-write "$(backend_of 5 0)/vifname" web0
    works ovs online 5 0
    guest 6 db vifname=web0
    fails 1 ovs online 6 0
    works ovs offline 6 0
    on_ovs web0 ovsbr0
}

# --- which bridge, which VLANs ----------------------------------------------------------------------------------------

# with_bridge TEXT: online with it as bridge=.
with_bridge() {
    xenstore-write "$(backend_of 5 0)/bridge" "$1"
    ovs online 5 0
}

@test "bridge=BR.TAG is an access port, BR:TRUNKS a trunk, BR.TAG:TRUNKS native-untagged: tagged frames pass there" {
    works with_bridge ovsbr0.10
    claim VLANs "$(vlans_of_port vif5.0)" "10 [] []"
    works with_bridge ovsbr0:20:30
    claim VLANs "$(vlans_of_port vif5.0)" "[] [20, 30] []"
    works with_bridge ovsbr0.10:20:30
    claim VLANs "$(vlans_of_port vif5.0)" "10 [20, 30] native-untagged"
    said=$(ovs-appctl -t "$OVS_RUNDIR/vswitchd.ctl" ofproto/trace ovsbr0 "in_port=vif5.0,dl_vlan=20")
    [[ $said != *"dropping VLAN"* ]]
    works with_bridge ovsbr0
    claim VLANs "$(vlans_of_port vif5.0)" "[] [] []"
}

@test "vlan= says the same" {
    xenstore-write "$(backend_of 5 0)/vlan" 10p/20/30
    works ovs online 5 0
    claim VLANs "$(vlans_of_port vif5.0)" "10 [20, 30] native-untagged"
    xenstore-write "$(backend_of 5 0)/vlan" 10p/20u
    fails 1 ovs online 5 0
    refused 5 0 "own VLAN only"
    xenstore-write "$(backend_of 5 0)/vlan" 10
    fails 1 with_bridge ovsbr0.10
    refused 5 0 "both name VLANs"
}

@test "a VLAN that cannot be is refused, and the port stays as it was" {
    local bridge
    works with_bridge ovsbr0.10
    for bridge in ovsbr0.0 ovsbr0.4095 ovsbr0.4096 ovsbr0.-1 ovsbr0. ovsbr0:5000 ovsbr0:0 ovsbr0: ovsbr0:20:20; do
        fails 1 with_bridge "$bridge"
        refused 5 0 "VLAN"
        claim VLANs "$(vlans_of_port vif5.0)" "10 [] []"
        is_up vif5.0
    done
}

@test "a bridge whose own name has a dot counts before a VLAN of another" {
    ovs_bridge ovs.br0
    works with_bridge ovs.br0
    on_ovs vif5.0 ovs.br0
    works with_bridge ovs.br0.10
    claim VLANs "$(vlans_of_port vif5.0)" "10 [] []"
    ovs_bridge ovs.br0.10
    works with_bridge ovs.br0.10
    on_ovs vif5.0 ovs.br0.10
    claim VLANs "$(vlans_of_port vif5.0)" "[] [] []"
}

@test "a fake bridge is a VLAN of its parent" {
    ovs-vsctl --timeout=10 add-br child ovsbr0 7
    works with_bridge child
    on_ovs vif5.0 child
    claim VLANs "$(vlans_of_port vif5.0)" "7 [] []"
    fails 1 with_bridge child.10
    refused 5 0 "fake bridge"
}

@test "a port left on another bridge, of Open vSwitch or of Linux, is moved" {
    ovs_bridge other
    ovs-vsctl --timeout=10 add-port other vif5.0
    works ovs online 5 0
    on_ovs vif5.0 ovsbr0
    works ovs offline 5 0
    bridge xenbr0
    ip link set vif5.0 master xenbr0 up
    works ovs online 5 0
    on_ovs vif5.0 ovsbr0
    claim master "$(master_of vif5.0)" ""
}

# --- what goes wrong ----------------------------------------------------------------------------------------------------

# as_before COMMAND...: it fails, and leaves interface and database as they were.
as_before() {
    ovs-vsctl show | tail -n +2 >/run/tmp/ovs.before
    link_field vif5.0 '[.master, .mtu, .address, (.flags | index("UP"))]' >/run/tmp/link.before
    fails 1 "$@"
    ovs-vsctl show | tail -n +2 >/run/tmp/ovs.after
    link_field vif5.0 '[.master, .mtu, .address, (.flags | index("UP"))]' >/run/tmp/link.after
    same "Open vSwitch" /run/tmp/ovs.before /run/tmp/ovs.after
    same "the vif" /run/tmp/link.before /run/tmp/link.after
}

@test "a bridge that is not there is named, and nothing is done" {
    as_before with_bridge nosuch
    refused 5 0 "Could not find bridge device nosuch"
    bridge xenbr0
    as_before with_bridge xenbr0
    refused 5 0 "xenbr0"
}

@test "a failed hook takes the port back, new or moved" {
    cat >/etc/xen/scripts/vif-post.d/10.hook <<<$'#!/usr/bin/env sh\nexit 3'
    chmod 755 /etc/xen/scripts/vif-post.d/10.hook
    as_before ovs online 5 0
    refused 5 0 10.hook
    ovs_bridge other
    ovs-vsctl --timeout=10 add-port other vif5.0 tag=9
    as_before ovs online 5 0
    claim "tag" "$(ovs_get port vif5.0 tag)" 9
    claim "bridge" "$(bridge_of_port vif5.0)" other
}

@test "what vswitchd cannot take is told in its words, and no row stays" {
    ovs-vsctl --timeout=10 set bridge ovsbr0 datapath_type=nonsense
    as_before ovs online 5 0
    refused 5 0 "adding vif5.0 to ovsbr0"
}

@test "a name of a guest is no command: blanks, quotes, braces, other letters" {
    local name
    for name in 'my web server' 'x" -- add-br evil0 -- set interface vif5.0 external-ids:"k"="v' "it's" '{devid}' 'Käse' '$(reboot)'; do
        xenstore-write /local/domain/5/name "$name"
        works ovs online 5 0
        claim "bridges" "$(ovs-vsctl list-br)" ovsbr0
        claim "name" "$(ovs-vsctl --format=json --columns=external_ids list interface vif5.0 |
            jq -r '.data[0][0][1][] | select(.[0] == "xen-vm-name")[1]')" "$name"
    done
}

@test "a guest that arrives from another host has its own name" {
    xenstore-write /local/domain/5/name web--incoming
    works ovs online 5 0
    claim iface-id "$(id_of_port vif5.0 iface-id)" web.0
}

@test "iface-id: a template of the configuration, and the store's word for one guest" {
    echo '{ "iface-id": "{uuid}/{devid}" }' >/etc/xen/dom0net.json
    works ovs online 5 0
    claim iface-id "$(id_of_port vif5.0 iface-id)" "$uuid/0"
    xenstore-write "$(backend_of 5 0)/iface-id" lsp7 "$(backend_of 5 0)/iface-id-ver" v2
    works ovs online 5 0
    claim iface-id "$(id_of_port vif5.0 iface-id)" lsp7
    claim iface-id-ver "$(id_of_port vif5.0 iface-id-ver)" v2
    echo '{ "iface-id": "{nme}" }' >/etc/xen/dom0net.json
    fails 1 ovs online 5 0
    refused 5 0 "{nme}"
}

@test "others' external_ids stay, ours are renewed" {
    works ovs online 5 0
    ovs-vsctl set interface vif5.0 external_ids:ovn-installed=true external_ids:theirs=1
    xenstore-write /local/domain/5/name db
    works ovs online 5 0
    claim theirs "$(id_of_port vif5.0 theirs) $(id_of_port vif5.0 ovn-installed)" "1 true"
    claim ours "$(id_of_port vif5.0 xen-vm-name)" db
}

@test "XAPI's numbers of the interface and its network" {
    xenstore-write "/xapi/$uuid/private/vif/0/vif-uuid" v1 "/xapi/$uuid/private/vif/0/network-uuid" n1
    works ovs online 5 0
    claim "XAPI's" "$(id_of_port vif5.0 xs-vif-uuid) $(id_of_port vif5.0 xs-network-uuid)" "v1 n1"
    xenstore-rm /xapi
}

@test "five at once: each succeeds, and there is one row" {
    local turn pids pid
    for turn in 1 2 3; do
        pids=()
        for _ in 1 2 3 4 5; do ovs online 5 0 3>&- & pids+=($!); done
        for pid in "${pids[@]}"; do wait "$pid"; done
        claim rows "$(rows_of_port Port vif5.0) $(rows_of_port Interface vif5.0)" "1 1"
        on_ovs vif5.0 ovsbr0
        works ovs offline 5 0
    done
}

@test "five at once without turns of ours, as strangers would: one row" {
    rm -rf /run/dom0net
    local pids=() pid
    for _ in 1 2 3 4 5; do
        unshare -m sh -c 'mkdir -p /run/dom0net && mount -t tmpfs none /run/dom0net && XENBUS_PATH=backend/vif/5/0 vif=vif5.0 exec "$DOM0NET_BIN/vif-openvswitch" online type_if=vif' 3>&- & pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || true; done
    claim rows "$(rows_of_port Port vif5.0) $(rows_of_port Interface vif5.0)" "1 1"
    works ovs online 5 0
    on_ovs vif5.0 ovsbr0
}

@test "twenty guests at once: every one complete" {
    local domid pids=() pid
    for domid in {11..30}; do guest "$domid" "web$domid"; done
    for domid in {11..30}; do ovs online "$domid" 0 3>&- & pids+=($!); done
    for pid in "${pids[@]}"; do wait "$pid"; done
    for domid in {11..30}; do
        on_ovs "vif$domid.0" ovsbr0
        connected "$domid" 0
    done
}

# --- the database -------------------------------------------------------------------------------------------------------

@test "no database: told with its socket, nothing done; offline takes the link down all the same" {
    works ovs online 5 0
    mv "$ovs_socket" "$ovs_socket.away"
    fails 1 ovs offline 5 0
    mentions "$ovs_socket"
    not is_up vif5.0
    fails 1 ovs online 5 0
    refused 5 0 "is ovsdb-server running?"
    not is_up vif5.0
    mv "$ovs_socket.away" "$ovs_socket"
    works ovs online 5 0
    on_ovs vif5.0 ovsbr0
}

@test "a database that stands still: refused in time, down" {
    kill -STOP "$(cat "$OVS_RUNDIR/ovsdb.pid")"
    fails 1 ovs online 5 0
    kill -CONT "$(cat "$OVS_RUNDIR/ovsdb.pid")"
    refused 5 0 "does not answer in time"
    not is_up vif5.0
    works ovs online 5 0
    on_ovs vif5.0 ovsbr0
}

@test "vswitchd stands still: refused in time, no row stays; offline succeeds" {
    kill -STOP "$(cat "$OVS_RUNDIR/vswitchd.pid")"
    fails 1 ovs online 5 0
    claim rows "$(rows_of_port Port vif5.0)" 0
    not is_up vif5.0
    kill -CONT "$(cat "$OVS_RUNDIR/vswitchd.pid")"
    refused 5 0 "ovs-vswitchd does not take it in time"
}

@test "the database restarts: the port is there, transient ports can be told, and the next calls succeed" {
    works ovs online 5 0
    daemon_stop ovsdb
    ovsdb_start
    on_ovs vif5.0 ovsbr0
    works ovs online 5 0
    works ovs offline 5 0
    off_ovs vif5.0
}

# A server that answers as the command says, to the first who comes.
lie() {
    echo '{ "ovs-database": "/run/tmp/liar" }' >/etc/xen/dom0net.json
    rm -f /run/tmp/liar
    socat UNIX-LISTEN:/run/tmp/liar,fork SYSTEM:"$1" 3>&- >/dev/null 2>&1 &
    liar=$!
    poll 5 test -S /run/tmp/liar
}

@test "a server that lies: told, bounded, nothing done" {
    local answer
    for answer in 'head -c 100; head -c 100000000 /dev/zero | tr "\0" "["' 'head -c 100; echo "HTTP/1.1 200 OK"' \
        'head -c 100 >/dev/null; echo "{\"id\":1,\"error\":null,\"result\":[{},{}]}"' \
        'head -c 100 >/dev/null; echo "{\"id\":1,\"error\":\"unknown database\",\"result\":null}"; sleep 1' 'true'; do
        lie "$answer"
        fails 1 ovs online 5 0
        kill "$liar"
        wait "$liar" 2>/dev/null || true
        refused 5 0 "Open vSwitch's database"
        not is_up vif5.0
        claim rows "$(rows_of_port Port vif5.0)" 0
    done
}

@test "ovs-vsctl never runs, and no list of ports is asked for" {
    strace -f -qq -s 4096 -e trace=execve,sendto,connect -o /run/tmp/trace env XENBUS_PATH=backend/vif/5/0 vif=vif5.0 \
        "$DOM0NET_BIN/vif-openvswitch" online type_if=vif </dev/null
    not grep -q 'execve.*ovs-' /run/tmp/trace
    grep -q 'db.sock' /run/tmp/trace
    not grep -E 'sendto.*columns[^]]*[^r]ports' /run/tmp/trace
    claim "requests" "$(grep -c 'sendto.*method' /run/tmp/trace)" 4
}

# --- killed ---------------------------------------------------------------------------------------------------------

# traced OPTION COMMAND: vif-openvswitch for vif5.0 below strace.
traced() {
    (
        XENBUS_PATH=backend/vif/5/0 vif=vif5.0 strace -f -qq -o /run/tmp/trace "$1" "$DOM0NET_BIN/vif-openvswitch" "$2" \
            type_if=vif </dev/null >/run/tmp/said 2>&1
        exit $?
    ) 2>/dev/null
}

@test "killed at each message: the next online, or offline, puts it right" {
    local call count number turn=0
    for call in sendto sendmsg recvfrom; do
        ovs offline 5 0
        traced "--trace=$call" online
        count=$(grep -cE "^[0-9]+ +$call\(" /run/tmp/trace || true)
        for ((number = 1; number <= count; ++number)); do
            ovs offline 5 0
            traced "--inject=$call:signal=KILL:when=$number" online || true
            if ((turn++ % 2)); then
                works ovs online 5 0
                on_ovs vif5.0 ovsbr0
            else
                works ovs offline 5 0
                off_ovs vif5.0
            fi
        done
    done
}

@test "by hand, without a store; and --dry-run changes nothing" {
    unchanged_by "$DOM0NET_BIN/vif-openvswitch" --no-xenstore --dry-run online vif=vif5.0 bridge=ovsbr0.10:20 mac=00:16:3e:00:05:00
    claim "exit status" "$status" 0
    mentions "add-port ovsbr0 vif5.0 tag=10 trunks=20 vlan_mode=native-untagged other_config:transient=true"
    mentions "ip link set dev vif5.0 up"
    claim rows "$(rows_of_port Port vif5.0)" 0
    works "$DOM0NET_BIN/vif-openvswitch" --no-xenstore online vif=vif5.0 bridge=ovsbr0.10:20
    on_ovs vif5.0 ovsbr0
    works "$DOM0NET_BIN/vif-openvswitch" --no-xenstore offline vif=vif5.0
    off_ovs vif5.0
}

@test "ip= holds nobody here, and that is told" {
    xenstore-write "$(backend_of 5 0)/ip" 10.0.0.5
    works ovs online 5 0
    mentions "port_security"
    connected 5 0
}
