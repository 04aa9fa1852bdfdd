#!/bin/bash
# Runs one hook of /etc/xen/scripts/vif-post.d the way Xen's scripts did: sourced, with their
# functions at hand. What a hook needs is in the environment.
#   run-hook.sh FILE
set -e

log() { # log PRIORITY WORD...
    local priority=$1
    shift
    logger -p "daemon.$priority" -- "$0: $*" 2>/dev/null || echo "$0: $*" >&2
}

fatal() {
    log err "$*"
    exit 1
}

do_or_die() {
    "$@" || fatal "$* failed"
}

do_without_error() {
    "$@" 2>/dev/null || log debug "$* failed"
}

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

hook=$1
shift
# shellcheck source=/dev/null
. "$hook"
