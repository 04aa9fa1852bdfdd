#!/bin/bash
# Every program has a man page beside it, which names every option that its --help prints; dom0net.json(5) names every key.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin=${DOM0NET_BUILD:?}/bin
status=0

complain() {
    echo "$*"
    status=1
}

for program in "$bin"/*; do
    name=${program##*/}
    page=tools/$name.8
    if [[ ! -f $page ]]; then
        complain "$name has no man page ($page)"
        continue
    fi
    # In a man page a minus sign may be written \-.
    words=$(sed 's/\\-/-/g; s/\\f[BIRP]//g' "$page")
    for option in $("$program" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]+' | sort -u); do
        grep -qwE -- "$option" <<<"$words" || complain "$page does not mention $option"
    done
done

words=$(sed 's/\\-/-/g; s/\\f[BIRP]//g' tools/dom0net.json.5)
while read -r key; do
    grep -qwE -- "$key" <<<"$words" || complain "tools/dom0net.json.5 does not mention $key"
done < <(grep -oE '// +"[a-z-]+":' etc/xen/dom0net.json | grep -oE '[a-z][a-z-]+')

for page in tools/*.[58]; do
    command -v man >/dev/null || break
    warnings=$(LC_ALL=C MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null || true)
    [[ -z $warnings ]] || complain "$page: $warnings"
done
exit "$status"
