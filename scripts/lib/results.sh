# shellcheck shell=bash
# results.sh: adds up what ctest's report says, case by case.

# cases REPORT...: "passed|failed|skipped<TAB>name[<TAB>reason]" a line. A ctest entry that runs many cases (bats says so
# in TAP, Catch2 in its last lines) counts as that many; any other as one.
cases() {
    awk '
        function text(s) {
            gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&quot;/, "\"", s); gsub(/&apos;/, "\047", s)
            gsub(/&amp;/, "\\&", s)
            return s
        }
        function attribute(name) {
            return match($0, name "=\"[^\"]*\"") ? text(substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 3)) : ""
        }
        function many(what, count) { while (count-- > 0) print what "\t" name; seen = 1 }
        /<testcase / {
            name = attribute("name"); status = attribute("status")
            seen = 0; failures = 0; skip = 0; first = ""; output = 0
        }
        /<skipped message="SKIP_/ { skip = 1 }
        /<system-out>/ { output = 1; sub(/.*<system-out>/, "") }
        output {
            line = text($0); sub(/<\/system-out>.*/, "", line)
            if (first == "" && line != "") first = line
            if (line ~ /^ok [0-9]+ .*# skip/) {
                reason = line; sub(/^.*# skip */, "", reason)
                title = line; sub(/^ok [0-9]+ /, "", title); sub(/ *# skip.*$/, "", title)
                print "skipped\t" name ": " title "\t" reason; seen = 1
            } else if (line ~ /^ok [0-9]+/) many("passed", 1)
            else if (line ~ /^not ok [0-9]+/) { many("failed", 1); failures++ }
            else if (match(line, /^All tests passed \(.* in [0-9]+ test case/)) {
                sub(/^.* in /, "", line); many("passed", line + 0)
            } else if (line ~ /^test cases: /) {
                count = split(line, part, "|")
                for (i = 2; i <= count; i++)
                    if (part[i] ~ /passed/) many("passed", part[i] + 0)
                    else if (part[i] ~ /failed/ && part[i] !~ /expected/) { many("failed", part[i] + 0); failures += part[i] }
            }
        }
        /<\/system-out>/ { output = 0 }
        /<\/testcase>/ {
            if (skip) print "skipped\t" name "\t" first
            else if (status != "run" && !failures) print "failed\t" name
            else if (status == "run" && !seen) print "passed\t" name
        }' "$@"
}

# summary REPORT...: names what was skipped and why, and ends with the line that counts; fails if anything failed.
summary() {
    local list
    list=$(mktemp)
    cases "$@" >"$list"
    if grep -q '^skipped' "$list"; then
        say "Skipped:"
        sed -n 's/^skipped\t\([^\t]*\)\t\(.*\)/    \1 (\2)/p' "$list" | sort -u
    fi
    say "$(grep -c '^passed' "$list") passed, $(grep -c '^failed' "$list") failed, $(grep -c '^skipped' "$list") skipped"
    ! grep -q '^failed' "$list"
    local status=$?
    rm -f "$list"
    return "$status"
}
