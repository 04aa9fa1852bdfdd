#!/bin/bash
# Every shell script of ours pleases shellcheck.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v shellcheck >/dev/null || { echo "shellcheck is not installed" && exit 77; }
mapfile -t scripts < <(grep -rlIE '^#!/bin/(ba)?sh|^#!/usr/bin/env bats|^# shellcheck shell=' .ci scripts test tools etc 2>/dev/null | sort)
shellcheck -x "${scripts[@]}"
echo "${#scripts[@]} scripts"
