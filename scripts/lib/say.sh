# shellcheck shell=bash
# say.sh: how the scripts here speak.

say() { printf '%s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

need_root() {
    [[ $(id -u) == 0 ]] || die "needs root (sudo $0), to install packages and to make namespaces"
}
