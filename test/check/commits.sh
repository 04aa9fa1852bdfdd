#!/bin/bash
# The subject of every commit since this check came is "area: what was done", in at most 60 characters (CONTRIBUTING.md).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
first=$(git log --diff-filter=A --format=%H -- test/check/commits.sh 2>/dev/null | tail -n 1) || first=
[[ -n $first ]] || { echo "there is no history to look at here" && exit 77; }
status=0
while IFS= read -r subject; do
    [[ ${#subject} -le 60 ]] || { echo "${#subject} characters: $subject" && status=1; }
    [[ $subject =~ ^[a-zA-Z0-9_./-]+:\ [^\ ] && ! $subject =~ [Ww][Ii][Pp] ]] || { echo "not \"area: what\": $subject" && status=1; }
done < <(git log --no-merges --format=%s "$first"..HEAD)
exit "$status"
