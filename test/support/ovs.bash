# shellcheck shell=bash
# ovs.bash: Open vSwitch in the sandbox, its datapath in user space: it needs nothing of the kernel's.

export OVS_RUNDIR=/run/openvswitch OVS_LOGDIR=/run/openvswitch OVS_DBDIR=/run/openvswitch
ovs_socket=$OVS_RUNDIR/db.sock

ovs_installed() { command -v ovsdb-server ovs-vswitchd ovs-vsctl >/dev/null; }

ovsdb_start() {
    mkdir -p "$OVS_RUNDIR"
    [[ -e $OVS_RUNDIR/conf.db ]] || ovsdb-tool create "$OVS_RUNDIR/conf.db" /usr/share/openvswitch/vswitch.ovsschema
    ovsdb-server "$OVS_RUNDIR/conf.db" "--remote=punix:$ovs_socket" "--pidfile=$OVS_RUNDIR/ovsdb.pid" \
        "--unixctl=$OVS_RUNDIR/ovsdb.ctl" --detach --no-chdir "--log-file=$OVS_RUNDIR/ovsdb.log" -vconsole:off 3>&-
}

vswitchd_start() {
    ovs-vswitchd "unix:$ovs_socket" "--pidfile=$OVS_RUNDIR/vswitchd.pid" "--unixctl=$OVS_RUNDIR/vswitchd.ctl" --detach \
        --no-chdir "--log-file=$OVS_RUNDIR/vswitchd.log" -vconsole:off 3>&-
}

ovs_start() {
    ovsdb_start
    ovs-vsctl --no-wait init
    vswitchd_start
}

# A daemon is gone when its pidfile is: it removes it last.
daemon_stop() {
    local file=$OVS_RUNDIR/$1.pid
    [[ -e $file ]] || return 0
    kill -CONT "$(cat "$file")" 2>/dev/null || true
    kill -TERM "$(cat "$file")" 2>/dev/null || true
    poll 5 test ! -e "$file"
}

ovs_stop() {
    daemon_stop vswitchd
    daemon_stop ovsdb
    rm -rf "$OVS_RUNDIR"
}

ovs_bridge() { ovs-vsctl --timeout=10 add-br "$1" -- set bridge "$1" datapath_type=netdev; }

# Without any bridge, and so without any port.
ovs_clear() {
    local name
    for name in $(ovs-vsctl --timeout=10 list-br); do ovs-vsctl --timeout=10 --if-exists del-br "$name"; done
}

ovs_get() { ovs-vsctl --timeout=10 --if-exists get "$@" | sed 's/^"\(.*\)"$/\1/'; }
bridge_of_port() { ovs-vsctl --timeout=10 port-to-br "$1" 2>/dev/null || true; }
id_of_port() { ovs_get interface "$1" "external_ids:$2"; }
rows_of_port() { ovs-vsctl --timeout=10 --columns=_uuid --format=csv --no-headings find "$1" "name=\"$2\"" | grep -c . || true; }

# vlans_of_port PORT: "tag trunks mode".
vlans_of_port() { echo "$(ovs_get port "$1" tag) $(ovs_get port "$1" trunks) $(ovs_get port "$1" vlan_mode)"; }
