#!/usr/bin/env bats
# dom0net enable and disable, on copies of the folders that Xen ships: the scripts, xl.conf, AppArmor's profile of libvirt.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash

calls="openat write fchmod fchown fsync link rename unlink symlink mkdir rmdir readlink"
declare -gA error_of_call=([openat]=EMFILE [write]=ENOSPC [fchmod]=EROFS [fchown]=EROFS [fsync]=EIO [link]=EROFS [rename]=EROFS
    [unlink]=EROFS [symlink]=ENOSPC [mkdir]=EROFS [readlink]=EIO)

setup() {
    export ASAN_OPTIONS=detect_leaks=0 # a sanitizer that looks for leaks cannot do so while it is traced
    root=/run/tmp/host
    programs=$(dom0net enable --help | sed -nE 's/^The programs are in (.*)\.$/\1/p')
    make_host
    host_files >/run/tmp/before
}

# make_host: a root with the stock folders and stand-ins of our programs.
make_host() {
    local stock name
    stock=$(find_stock_scripts) || claim "Xen's own scripts, which scripts/test fetches" missing "there"
    ! mountpoint -q "$root/etc" || umount "$root/etc"
    rm -rf "$root" && mkdir -p "$root"{/etc/xen,"$programs",/var/lib}
    cp -a "$stock" "$root/etc/xen/scripts"
    cp -a "$stock/../xl.conf" "$root/etc/xen/"
    for name in vif-bridge vif-route vif-nat network-bridge network-route network-nat; do
        echo "our $name" >"$root$programs/$name"
    done
}

with_apparmor() {
    mkdir -p "$root/etc/apparmor.d/local"
    echo "profile libvirtd { }" >"$root/etc/apparmor.d/usr.sbin.libvirtd"
    printf '# mine' >"$root/etc/apparmor.d/local/usr.sbin.libvirtd"
    host_files >/run/tmp/before
}

# host_files: names, kinds, modes, owners, targets and digests of all that is there.
host_files() {
    (
        cd "$root" || exit
        find . -printf '%p %y %m %U:%G %l\n' | grep -v '^\./var/lib/dom0net/lock ' | sort
        find . -type f ! -name lock -print0 | sort -z | xargs -0 sha256sum
    )
}

is_as() {
    host_files >/run/tmp/now
    cmp -s "$1" /run/tmp/now
}

as_before() {
    host_files >/run/tmp/now
    same "${1:-files}" /run/tmp/before /run/tmp/now
}

enable() { dom0net enable --root "$root" "$@"; }
disable() { dom0net disable --root "$root"; }

@test "enable names our program in xl.conf, disable puts back the file that was there, byte for byte" {
    works enable
    grep -qx "vif.default.script=\"$programs/vif-bridge\"" "$root/etc/xen/xl.conf"
    claim "scripts" "$(cd "$root/etc/xen/scripts" && find . -type l)" ""
    works enable
    mentions "in place already"
    works disable
    as_before
    works disable
    as_before
}

@test "enable --names: every name that we have a program for is ours, all else is as it was" {
    works enable --names
    claim "vif-bridge" "$(readlink "$root/etc/xen/scripts/vif-bridge")" "$programs/vif-bridge"
    claim "links" "$(cd "$root/etc/xen/scripts" && find . -type l -printf '%f\n' | sort | tr '\n' ' ')" \
        "network-bridge network-nat network-route vif-bridge vif-nat vif-route "
    cmp "$root/etc/xen/scripts/vif-bridge.dom0net-saved" "$(find_stock_scripts)/vif-bridge"
    cmp "$root/etc/xen/scripts/vif-common.sh" "$(find_stock_scripts)/vif-common.sh"
    works disable
    as_before
}

@test "where AppArmor holds libvirt to its profile, names are copies, and the profile's local part gets a line" {
    with_apparmor
    works enable --names
    mentions "apparmor_parser -r /etc/apparmor.d/usr.sbin.libvirtd"
    claim "links" "$(cd "$root/etc/xen/scripts" && find . -type l)" ""
    claim "vif-bridge" "$(cat "$root/etc/xen/scripts/vif-bridge")" "our vif-bridge"
    grep -qxF "$programs/** PUx," "$root/etc/apparmor.d/local/usr.sbin.libvirtd"
    works disable
    as_before
}

@test "a script of somebody else's that sources Xen's vif-common.sh still finds it beside our names" {
    cat >"$root/etc/xen/scripts/vif-mine" <<<$'#!/bin/bash\ndir=$(dirname "$0")\nlibraries=$dir/vif-common.sh\n[ -f "$libraries" ] && grep -q handle_iptable "$libraries" && echo found'
    chmod 755 "$root/etc/xen/scripts/vif-mine"
    works enable --names
    claim "what it found" "$("$root/etc/xen/scripts/vif-mine")" found
}

@test "an update of Xen, then enable --again, as its trigger does: the new script is kept, ours is in place" {
    works enable --names
    rm "$root/etc/xen/scripts/vif-bridge" # as rpm and openSUSE's package do
    echo "newer" >"$root/etc/xen/scripts/vif-bridge"
    works dom0net enable --root "$root" --again
    claim "vif-bridge" "$(readlink "$root/etc/xen/scripts/vif-bridge")" "$programs/vif-bridge"
    works disable
    claim "vif-bridge" "$(cat "$root/etc/xen/scripts/vif-bridge")" newer
}

@test "enable --again on a host where nothing was enabled does and says nothing" {
    works dom0net enable --root "$root" --again
    claim "what was said" "$said" ""
    as_before
}

@test "xl.conf: binary, 10 MB, cut off, a pipe, writable by others, somebody else's: refused in one sentence" {
    local xl_conf=$root/etc/xen/xl.conf what
    printf 'vif.default.script="vif-br' >/run/tmp/cut
    for what in "-c 4096 /bin/true" "-c 10000000 /dev/zero" /run/tmp/cut; do
        # shellcheck disable=SC2086 # words
        head $what >"$xl_conf"
        host_files >/run/tmp/before
        fails 1 enable --names
        claim "lines that were said" "$(wc -l <<<"$said")" 1
        mentions "$xl_conf"
        as_before "$what"
    done
    make_host
    chmod 666 "$xl_conf"
    fails 1 enable
    mentions "chmod go-w $xl_conf"
    chmod 644 "$xl_conf" && chown nobody "$xl_conf"
    fails 1 enable
    mentions "chown root:root $xl_conf"
    rm "$xl_conf" && mkfifo "$xl_conf"
    fails 1 timeout 10 "${DOM0NET_SBIN:-$DOM0NET_BIN}/dom0net" enable --root "$root"
    mentions "no regular file"
}

@test "a full or read-only /etc: refused in one sentence, and nothing is changed; disable needs no room" {
    mount -t tmpfs -o size=400k,mode=755 etc "$root/etc"
    cp -a "$(find_stock_scripts)/.." "$root/etc/xen"
    with_apparmor
    head -c 400k /dev/zero >"$root/etc/filler" 2>/dev/null || true
    host_files >/run/tmp/before
    fails 1 enable --names
    mentions "No space left on device"
    claim "lines that were said" "$(wc -l <<<"$said")" 1
    as_before "a full /etc"
    rm "$root/etc/filler" && host_files >/run/tmp/before
    mount -o remount,ro "$root/etc"
    fails 1 enable --names
    mentions "Read-only file system"
    claim "lines that were said" "$(wc -l <<<"$said")" 1
    as_before "a read-only /etc"
    mount -o remount,rw "$root/etc"
    works enable --names
    head -c 400k /dev/zero >"$root/etc/filler" 2>/dev/null || true
    works disable
    rm "$root/etc/filler"
    as_before "a /etc that was full at disable"
    umount "$root/etc"
}

# --- killed, or failing, at every call ---

traced() {
    (
        strace -f -qq -o /run/tmp/trace "$@" </dev/null >/run/tmp/said 2>&1
        exit $?
    ) 2>/dev/null
}

# points VERB...: "call number" for each call that changes something, from the first below the root; it runs once for that.
points() {
    local call
    traced -e trace="${calls// /,}" "${DOM0NET_SBIN:-$DOM0NET_BIN}/dom0net" "$@"
    for call in $calls; do
        awk -v call="$call" -v root="$root" '
            $0 ~ "^[0-9]+ +" call "\\(" { number++; if (begun || index($0, root)) print call, number }
            index($0, root "/var/lib/dom0net") { begun = 1 }' /run/tmp/trace
    done
}

verdict() {
    printf '%d points\n' "$tried" >&3
    [[ $tried -gt 0 && ${#failures[@]} -eq 0 ]] && return
    printf '%d of %d points failed:\n' "${#failures[@]}" "$tried" >&2
    printf '  %s\n' "${failures[@]:0:30}" >&2
    return 1
}

injected() { traced -e "inject=$1" "${DOM0NET_SBIN:-$DOM0NET_BIN}/dom0net" "${@:2}"; }

# every_file_is_whole: what has a name that Xen calls is stock's or ours, and xl takes xl.conf for either.
every_file_is_whole() {
    local name stock
    stock=$(find_stock_scripts)
    for name in vif-bridge vif-route vif-nat; do
        cmp -s "$root/etc/xen/scripts/$name" "$stock/$name" ||
            grep -qsx "our $name" "$root/etc/xen/scripts/$name" ||
            [[ $(readlink "$root/etc/xen/scripts/$name") == "$programs/$name" ]] || return 1
    done
    cmp -s "$root/etc/xen/xl.conf" "$stock/../xl.conf" || grep -qx "vif.default.script=.*/vif-bridge\"" "$root/etc/xen/xl.conf"
}

kill_at_every_call() { # kill_at_every_call VERB
    local failures=() tried=0 call number where words=(--root "$root")
    [[ $1 == disable ]] || words+=(--names)
    enable --names >/dev/null && host_files >/run/tmp/enabled
    [[ $1 == enable ]] && disable >/dev/null
    points "$1" "${words[@]}" >/run/tmp/points
    while read -r call number <&4; do
        where="$1 killed at $call $number"
        tried=$((tried + 1))
        disable >/dev/null
        [[ $1 == enable ]] || enable --names >/dev/null
        injected "$call:signal=KILL:when=$number" "$1" "${words[@]}" || true
        every_file_is_whole || failures+=("$where: a file is neither Xen's nor ours")
        if ((tried % 2)); then
            enable --names >/dev/null 2>&1 || failures+=("$where: enable failed")
            is_as /run/tmp/enabled || failures+=("$where: after enable it is not as it should be: $(diff /run/tmp/enabled /run/tmp/now | head -n 3)")
        fi
        disable >/dev/null 2>&1 || failures+=("$where: disable failed")
        is_as /run/tmp/before || {
            failures+=("$where: after disable it is not as before: $(diff /run/tmp/before /run/tmp/now | head -n 3)")
            make_host
        }
    done 4</run/tmp/points
    verdict
}

@test "enable, killed at every call: every file is whole; enable again ends it, disable takes it back" {
    kill_at_every_call enable
}

@test "disable, killed at every call: likewise" {
    kill_at_every_call disable
}

@test "enable, with an error from every call: nothing is changed" {
    local failures=() tried=0 call number where
    points enable --names --root "$root" >/run/tmp/points
    disable >/dev/null
    while read -r call number <&4; do
        [[ -n ${error_of_call[$call]:-} ]] || continue
        where="enable with an error from $call $number"
        tried=$((tried + 1))
        if injected "$call:error=${error_of_call[$call]}:when=$number" enable --names --root "$root"; then
            disable >/dev/null 2>&1 || failures+=("$where: success, but disable failed")
        fi
        is_as /run/tmp/before || {
            failures+=("$where: $(tail -n 1 /run/tmp/said): $(diff /run/tmp/before /run/tmp/now | head -n 4)")
            make_host
        }
    done 4</run/tmp/points
    verdict
}
