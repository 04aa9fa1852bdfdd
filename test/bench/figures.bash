# shellcheck shell=bash
# figures.bash: what the measurements have in common. "$results" has a file of stopwatch's for each contestant and command.
results=/run/tmp/bench
mkdir -p "$results"

# column FILE NUMBER WHAT: the median, minimum or maximum of a column.
column() {
    awk -v column="$2" '{ print $column }' "$1" | sort -n |
        awk -v what="$3" '{ v[NR] = $1 } END { print what == "min" ? v[1] : what == "max" ? v[NR] : v[int((NR + 1) / 2)] }'
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
ms() { awk -v us="$1" 'BEGIN { printf "%.2f", us / 1000 }'; }

machine() {
    echo "Machine:  $(nproc) x $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), load $(cut -d' ' -f1 /proc/loadavg) at the start"
    echo "Kernel:   $(uname -sr)"
    echo
}

# figures COMMAND WHO...
figures() {
    local who
    for who in "${@:2}"; do
        printf '    %-8s %-8s median %6s, min %6s, peak memory %5s KiB\n' "$1" "$who" \
            "$(ms "$(column "$results/$who.$1" 1 median)")" "$(ms "$(column "$results/$who.$1" 1 min)")" \
            "$(column "$results/$who.$1" 2 max)"
    done
}

# compare COMMAND SLOW FAST WORDS
compare() {
    printf '    %-8s -> %s %s (minima: %s)\n' "$1" \
        "$(ratio "$(column "$results/$2.$1" 1 median)" "$(column "$results/$3.$1" 1 median)")" "$4" \
        "$(ratio "$(column "$results/$2.$1" 1 min)" "$(column "$results/$3.$1" 1 min)")"
}
