#!/usr/bin/env bats
# What a shell offers behind "dom0net": all verbs and options that there are, and interfaces.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words in quotes are meant so; world.sh has the names

load ../support/world.sh
load ../support/claims.bash

setup() {
    world_reset
    PATH=${DOM0NET_SBIN:-$DOM0NET_BIN}:$PATH
    # shellcheck source=/dev/null
    source "$BATS_TEST_DIRNAME/../../etc/bash-completion/completions/dom0net"
}

# offered WORD...: what bash offers for the last of the words, on one line.
offered() {
    COMP_WORDS=(dom0net "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _dom0net
    printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
}

@test "bash: every verb that dom0net takes is offered, and nothing of its examples" {
    local verb
    said=$(offered "")
    for verb in status rollback confirm enable disable start stop; do
        [[ " $said" == *" $verb "* ]] || claim "offered" "$said" "$verb"
    done
    not grep -qw dom0net <<<"$said"
    claim "behind en" "$(offered en)" "enable "
}

@test "bash: options are the verb's own, in any place behind it" {
    claim "enable" "$(offered enable --)" "--again --dry-run --help --names --root "
    claim "enable --names" "$(offered enable --names --a)" "--again "
    claim "start" "$(offered start --)" "--dry-run --help --wait "
}

@test "bash: bridges where a bridge is meant, all interfaces behind --vif, folders behind --root" {
    bridge xenbr0
    plain_host
    claim "status" "$(offered status "")" "xenbr0 "
    [[ " $(offered drops --vif "") " == *" eth0 "* ]]
    mkdir -p /run/tmp/folders/one && : >/run/tmp/folders/two
    claim "--root" "$(offered enable --root /run/tmp/folders/)" "/run/tmp/folders/one "
}

@test "zsh takes its completion" {
    command -v zsh >/dev/null || skip "there is no zsh"
    works zsh -n "$BATS_TEST_DIRNAME/../../etc/zsh/site-functions/_dom0net"
}
