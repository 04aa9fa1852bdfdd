#!/bin/bash
# clang-tidy is content with the C++ sources; .clang-tidy says with what, and why not with the rest.
#
# It is slow: after DOM0NET_TIDY_SECONDS (300) it names what it has not looked at, and leaves it at that.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v clang-tidy >/dev/null || { echo "clang-tidy is not installed" && exit 77; }
export database=${DOM0NET_BUILD:?} results
[[ -f $database/compile_commands.json ]] || { echo "there is no compile_commands.json" && exit 77; }
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

check() {
    local result=$results/${1//\//_}
    if clang-tidy --quiet -p "$database" "$1" >"$result.says" 2>/dev/null; then
        : >"$result.good"
    else
        mv "$result.says" "$result.bad"
    fi
}
export -f check

# The most recently changed come first.
mapfile -t sources < <(find lib tools -name '*.cpp' -printf '%T@ %p\n' | sort -rn | cut -d' ' -f2)
printf '%s\n' "${sources[@]}" |
    timeout "${DOM0NET_TIDY_SECONDS:-300}" xargs -P "$(nproc)" -I{} bash -c 'check {}' || true

for source in "${sources[@]}"; do
    result=$results/${source//\//_}
    [[ -e $result.good || -e $result.bad ]] || echo "not looked at: $source"
done
cat "$results"/*.bad 2>/dev/null && exit 1
echo "$(find "$results" -name '*.good' | wc -l) of ${#sources[@]} files are tidy"
