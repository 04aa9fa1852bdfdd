#!/bin/bash
# Runs one hook of /etc/xen/scripts/vif-post.d the way Xen's scripts did: sourced, with their functions and variables at
# hand. Where Xen's own shell libraries are installed they are the functions; what a hook needs besides is in the
# environment.
#   run-hook.sh FILE
libraries=${DOM0NET_XEN_SCRIPTS:-/etc/xen/scripts}

# Xen's libraries find each other, and say who is speaking, by $0: that has to be a script beside them.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    name=${script:-vif}
    exec /bin/bash -c 'source "$1" "$2"' "$libraries/${name##*/}" "${BASH_SOURCE[0]}" "$1"
fi

set -e
hook=$1

# What we know, Xen's libraries would find out anew, for the names that Xen's scripts use.
known=(command dev type_if ip vifname bridge main_ip metric ipcmd cmdprefix domid devid vifid vif_ip router_ip hostname
    XENBUS_PATH)

# take_up_libraries: defines the functions of vif-common.sh and those that it sources. Its own code is made for a call of
# a vif script: with "offline" or "remove" it changes nothing.
take_up_libraries() {
    local name
    local -A value=()
    for name in "${known[@]}"; do
        [[ -z ${!name+set} ]] || value[$name]=${!name}
    done
    unset UDEV_CALL
    mkdir -p /var/log/xen # they end themselves where they cannot write their log
    if [[ ${type_if:-vif} == tap ]]; then set -- remove type_if=tap; else set -- offline type_if=vif; fi
    # shellcheck source=/dev/null
    . "$libraries/vif-common.sh"
    for name in "${!value[@]}"; do
        printf -v "$name" '%s' "${value[$name]}"
    done
}

# offer_functions: those of Xen's functions that hooks use most, for hosts without Xen's scripts.
offer_functions() {
    log() { # log PRIORITY WORD...
        local priority=$1
        shift
        logger -p "daemon.$priority" -- "$0: $*" 2>/dev/null || echo "$0: $*" >&2
    }

    fatal() {
        log err "$*"
        exit 1
    }

    do_or_die() { "$@" || fatal "$* failed"; }
    do_without_error() { "$@" 2>/dev/null || log debug "$* failed"; }

    xenstore_read() {
        local value
        value=$(xenstore-read "$@") || fatal "xenstore-read $* failed."
        echo "$value"
    }

    xenstore_read_default() { # xenstore_read_default PATH DEFAULT
        xenstore-read "$1" 2>/dev/null || echo "$2"
    }

    xenstore_write() {
        log debug "Writing $* to xenstore."
        xenstore-write "$@" || fatal "Writing $* to xenstore failed."
    }

    # The lock of Xen's scripts: who has locked the file that bears the name, has it, and removes the file.
    claim_lock() { # claim_lock NAME
        local file=/var/run/xen-hotplug/$1
        mkdir -p "${file%/*}"
        while true; do
            exec {hook_lock}<>"$file"
            flock -x "$hook_lock"
            [[ ! "/proc/self/fd/$hook_lock" -ef $file ]] || return 0
            exec {hook_lock}<&-
        done
    }

    release_lock() { # release_lock NAME
        rm "/var/run/xen-hotplug/$1"
        exec {hook_lock}<&-
    }
}

if [[ -f $libraries/vif-common.sh ]]; then
    take_up_libraries
else
    offer_functions
fi
domu=$([[ -z ${domid:-} ]] || xenstore-read "/local/domain/$domid/name" 2>/dev/null || true)
export domu
set --
# shellcheck source=/dev/null
. "$hook"
