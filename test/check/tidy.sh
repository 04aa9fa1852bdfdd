#!/bin/bash
# clang-tidy is content with the C++ sources; .clang-tidy says with what, and why not with the rest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v clang-tidy >/dev/null || { echo "clang-tidy is not installed" && exit 77; }
database=${DOM0NET_BUILD:?}
[[ -f $database/compile_commands.json ]] || { echo "there is no compile_commands.json" && exit 77; }

mapfile -t sources < <(find lib tools -name '*.cpp' | sort)
export database
check() { timeout 120 clang-tidy --quiet -p "$database" "$1" 2>/dev/null; }
export -f check
timeout 600 xargs -P "$(nproc)" -I{} bash -c 'check {}' < <(printf '%s\n' "${sources[@]}")
echo "${#sources[@]} files"
