# shellcheck shell=bash
# build.sh: configures and builds one preset, and says something only when that fails.

# build PRESET: into build/PRESET below $root, the root of the tree.
build() {
    # shellcheck disable=SC2154 # the script that reads this file has it
    local preset=$1 log=$root/build/$1.log
    local -a launcher=()
    command -v ccache >/dev/null && launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    mkdir -p "$root/build"
    say "Building ($preset)"
    if ! (cd "$root" && cmake --preset "$preset" "${launcher[@]}" && cmake --build "build/$preset") \
        </dev/null >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        die "the build failed; all of it is in build/$preset.log"
    fi
}
