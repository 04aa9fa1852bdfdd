# shellcheck shell=bash
# claims.bash: what tests assert with. Each prints what it expected and what it found when the two differ.

# claim WHAT FOUND EXPECTED
claim() {
    [[ $2 == "$3" ]] && return
    printf '%s\n  expected: %s\n  found:    %s\n' "$1" "$3" "$2" >&2
    return 1
}

# same WHAT FILE FILE: two states, compared as text; a difference is shown word by word.
same() {
    cmp -s "$2" "$3" && return
    printf '%s; the difference:\n' "$1" >&2
    diff -U 2 <(tr ',' '\n' <"$2") <(tr ',' '\n' <"$3") | tail -n +3 | cut -c1-200 | head -n 50 >&2
    return 1
}

# fails STATUS COMMAND...: the command ends with STATUS; what it said is in $said.
fails() {
    local status=0
    said=$("${@:2}" 2>&1) || status=$?
    claim "exit status of: ${*:2} (said: $said)" "$status" "$1"
}

# works COMMAND...: exit status 0; what it said is in $said.
works() { fails 0 "$@"; }

mentions() {
    [[ $said == *"$1"* ]] && return
    printf 'expected to be told about: %s\n  said: %s\n' "$1" "$said" >&2
    return 1
}

connected() {
    claim "hotplug-status of vif$1.$2" "$(status_of "$1" "$2")" connected
    claim "hotplug-error of vif$1.$2" "$(error_of "$1" "$2" || echo none)" none
}

# refused DOMID DEVID [TEXT]: the store has an error, which contains TEXT.
refused() {
    claim "hotplug-status of vif$1.$2" "$(status_of "$1" "$2")" error
    said=$(error_of "$1" "$2")
    mentions "${3:-}"
    [[ -n $said ]]
}

# kernel_and_store: everything a program might have changed.
kernel_and_store() {
    net_state
    echo "## store"
    xenstore-ls -fp
}

# unchanged_by COMMAND...: the kernel and the store are as before it; its status is left in $status.
unchanged_by() {
    kernel_and_store >/run/tmp/before
    status=0
    said=$("$@" 2>&1) || status=$?
    kernel_and_store >/run/tmp/after
    same "$* changed something" /run/tmp/before /run/tmp/after
}

# not COMMAND...: unlike `!`, it fails the test.
not() {
    "$@" || return 0
    printf 'should have failed: %s\n' "$*" >&2
    return 1
}
