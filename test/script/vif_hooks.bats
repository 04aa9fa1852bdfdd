#!/usr/bin/env bats
# Hooks of vif-post.d: bounded in time, trusted only where root alone may write, and with what Xen's own scripts gave them.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash
load ../support/routed.bash

hooks=/etc/xen/scripts/vif-post.d

setup_file() { store_start; }
teardown_file() { store_stop; }

setup() {
    world_reset
    bridge xenbr0
    vif 5 0
    vif_nodes 5 0
    rm -f /run/tmp/hooks
}

hook() {
    cat >"$hooks/$1"
    chmod "${2:-755}" "$hooks/$1"
}

xens_libraries() {
    local scripts
    scripts=$(find_stock_scripts) || claim "Xen's own scripts, which scripts/test fetches" missing "there"
    cp "$scripts"/*.sh /etc/xen/scripts/
}

@test "a hook that never ends is ended before libxl ends us; online is undone, and Xen is told" {
    hook 10.hook <<<$'#!/usr/bin/env bash\nread -r <>/run/tmp/never'
    mkfifo /run/tmp/never
    fails 1 timeout -s KILL 40 env XENBUS_PATH=backend/vif/5/0 vif=vif5.0 "$DOM0NET_BIN/vif-bridge" online type_if=vif
    rm /run/tmp/never
    refused 5 0 "10.hook was ended, because it took too long"
    not is_up vif5.0
    claim "master" "$(master_of vif5.0)" ""
}

@test "a hook's child that goes on and keeps its output open is not waited for, and lives" {
    mkfifo /run/tmp/end
    hook 10.hook <<<$'#!/usr/bin/env bash\n(read -r <>/run/tmp/end; echo ended >/run/tmp/hooks) &'
    works as_libxl vif-bridge online 5 0
    connected 5 0
    echo >/run/tmp/end
    poll 5 test -s /run/tmp/hooks
    rm /run/tmp/end
}

@test "what a hook says is in the log" {
    hook 10.hook <<<$'#!/usr/bin/env bash\necho to stdout; echo to stderr >&2'
    works as_libxl vif-bridge online 5 0
    grep -q "to stdout" /var/log/xen/xen-hotplug.log
    grep -q "to stderr" /var/log/xen/xen-hotplug.log
}

@test "a hook that others may write is refused by name; a guest goes down all the same" {
    works as_libxl vif-bridge online 5 0
    hook 10.hook 777 <<<$'#!/usr/bin/env bash\necho ran >/run/tmp/hooks'
    fails 1 as_libxl vif-bridge offline 5 0
    not is_up vif5.0
    mentions "$hooks/10.hook is refused"
    fails 1 as_libxl vif-bridge online 5 0
    refused 5 0 "$hooks/10.hook is refused"
    not is_up vif5.0
    chmod 755 "$hooks/10.hook" && chown nobody "$hooks/10.hook"
    fails 1 as_libxl vif-bridge online 5 0
    refused 5 0 "$hooks/10.hook is refused"
    claim "what ran" "$(cat /run/tmp/hooks 2>/dev/null || echo nothing)" nothing
}

@test "with Xen's shell libraries a hook has their functions, and the variables keep their values" {
    xens_libraries
    hook 10.hook <<'END'
#!/bin/bash
claim_lock of-the-hook
frob_iptable() { :; } # it is there to be called; no iptables here
release_lock of-the-hook
log debug "the hook was here"
bridge_in_store=$(xenstore_read "$XENBUS_PATH/bridge")
echo "$command $dev $type_if $ip $bridge $bridge_in_store $vif $domid $devid $(type -t dom0_ip handle_iptable iptables_w add_to_bridge | tr '\n' ' ')" >/run/tmp/hooks
END
    xenstore-write "$(backend_of 5 0)/ip" 10.0.0.5
    works as_libxl vif-bridge online 5 0
    claim "what the hook saw" "$(cat /run/tmp/hooks)" \
        "online vif5.0 vif 10.0.0.5 xenbr0 xenbr0 vif5.0 5 0 function function function function "
    connected 5 0
}

@test "with Xen's shell libraries a vif that has a vifname is not renamed again" {
    xens_libraries
    hook 10.hook <<<$'echo "$command $dev $vifname" >>/run/tmp/hooks'
    xenstore-write "$(backend_of 5 0)/vifname" web0
    works as_libxl vif-bridge online 5 0
    works as_libxl vif-bridge offline 5 0
    claim "what the hook saw" "$(cat /run/tmp/hooks)" $'online web0 web0\noffline web0 web0'
}

@test "with Xen's shell libraries a hook of vif-nat sees the addresses that vif-nat has always told" {
    xens_libraries
    hook 10.hook <<<$'echo "$command $vif_ip $router_ip $ip $domid $vifid $hostname" >>/run/tmp/hooks'
    works as_libxl vif-nat online 5 0 dhcp=no
    works as_libxl vif-nat offline 5 0 dhcp=no
    xenstore-write "$(backend_of 5 0)/ip" 10.1.1.5/24
    works as_libxl vif-nat online 5 0 dhcp=no
    claim "what the hook saw" "$(cat /run/tmp/hooks)" \
        $'online 10.0.5.1 10.0.5.128 10.0.5.1/16 5 1 dom5\noffline 10.0.5.1 10.0.5.128 10.0.5.1/16 5 1 dom5\nonline 10.1.1.5 10.1.1.132 10.1.1.5/24 5 1 dom5'
}

@test "with Xen's shell libraries a command that fails ends the hook, and online fails" {
    xens_libraries
    hook 10.hook <<<$'#!/bin/sh\nfalse\necho ran >/run/tmp/hooks'
    fails 1 as_libxl vif-bridge online 5 0
    refused 5 0 "10.hook failed with exit status 1"
    claim "what ran" "$(cat /run/tmp/hooks 2>/dev/null || echo nothing)" nothing
}

@test "without Xen's libraries a hook can still lock and log" {
    hook 10.hook <<<$'claim_lock mine\n[[ -e /var/run/xen-hotplug/mine ]]\nrelease_lock mine\nlog debug here\necho "$command" >/run/tmp/hooks'
    works as_libxl vif-bridge online 5 0
    claim "what ran" "$(cat /run/tmp/hooks)" online
    not test -e /var/run/xen-hotplug/mine
}
