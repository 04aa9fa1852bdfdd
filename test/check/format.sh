#!/bin/bash
# The C++ sources are laid out as .clang-format says, and no line of theirs ends in a blank.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v clang-format >/dev/null || { echo "clang-format is not installed" && exit 77; }
version=$(clang-format --version | grep -oE '[0-9]+\.' | head -n 1)
[[ $version == 14. ]] || { echo "clang-format ${version%.} lays out otherwise than 14, which decides here" && exit 77; }
mapfile -t sources < <(find lib tools test -name '*.cpp' -o -name '*.h' | sort)
if grep -nE '[[:blank:]]+$' "${sources[@]}"; then exit 1; fi
clang-format --dry-run -Werror "${sources[@]}"
echo "${#sources[@]} files"
