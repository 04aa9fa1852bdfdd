#!/bin/bash
# Layers only look down, and each foreign library is known to one of them (lib/README.md has the map).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
status=0

complain() {
    echo "$*"
    status=1
}

# may LAYER OTHER...: files in lib/LAYER include from LAYER and the OTHERs only.
may() {
    local file line target
    [[ -d lib/$1 ]] || return 0
    while IFS=: read -r file line target; do
        [[ " $* " == *" $target "* ]] || complain "$file:$line: $1 must not look at $target"
    done < <(grep -rnoE '^#include "[a-z]+/' "lib/$1" | sed -E 's/#include "([a-z]+)\//\1/')
}
may base
may net base
may netlink base net
may ovs base net
may xen base net ovs
may tunnel base net

# room LAYER/ROOM OTHER...: within its layer a room includes from itself, from what lies in no room, and from the OTHERs only.
room() {
    local layer=${1%/*} file line target
    while IFS=: read -r file line target; do
        [[ " ${1#*/} ${*:2} " == *" $target "* ]] || complain "$file:$line: $1 must not look at $target"
    done < <(grep -rnoE "^#include \"$layer/[a-z]+/" "lib/$1" | sed -E "s/#include \"$layer\/([a-z]+)\//\1/")
}
room net/nft
room netlink/nft
room netlink/use
room xen/call
room xen/host call
room xen/vif call host
room xen/bridge call vif
room xen/adoption call
room tunnel/config
room tunnel/frame
room tunnel/wire config frame
room tunnel/relay config frame wire

# only PATTERN FOLDER...: headers that match are included nowhere else.
only() {
    local pattern=$1 file line text folder
    while IFS=: read -r file line text; do
        for folder in "${@:2}"; do
            # shellcheck disable=SC2053 # a pattern
            [[ $file != $folder ]] || continue 2
        done
        complain "$file:$line: $text belongs to ${*:2}"
    done < <(grep -rnE "^#include [<\"]$pattern" lib tools)
}
only 'libmnl/|libnftnl/|netlink/(attr|cache|msg|netlink|route|socket|errno|handlers|object|types|utils|version|list)' 'lib/netlink/*'
only 'xenstore' 'lib/xen/*'
# No header shows it but those that are about JSON.
only 'nlohmann/' 'lib/net/json*' 'lib/net/nft/filter_record.cpp' 'lib/xen/*.cpp' 'lib/xen/*json*' 'lib/ovs/*json*' 'lib/ovs/*.cpp' 'lib/tunnel/*json*'
only 'CLI/' 'tools/*'
only '(libxml/|pugixml|expat)' 'lib/tunnel/*'
only '(catch2/|catch\.h)' 'test/*'

# Nothing in the library runs another program to touch the network.
if grep -rnE '\b(system|popen)\(' lib tools; then
    complain "run no programs"
fi
exit "$status"
