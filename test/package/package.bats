#!/usr/bin/env bats
# What scripts/package makes, in roots of its own: the archive, the rpm and the deb.
# $DOM0NET_PACKAGES is the folder that they were made in.
# shellcheck disable=SC2016,SC2154 # words in quotes are meant so; claims.bash has said

load ../support/claims.bash

programs=(vif-bridge vif-route vif-nat network-bridge network-route network-nat network-tunnel)

setup_file() {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    version=$(sed -nE 's/^project\(dom0net VERSION ([0-9.]+).*/\1/p' "$root/CMakeLists.txt")
    rpm=$(find "$DOM0NET_PACKAGES" -name "dom0net-$version-*.rpm" ! -name '*.src.rpm')
    deb=$(find "$DOM0NET_PACKAGES" -name "dom0net_$version-*.deb")
    export root version rpm deb
}

setup() { tree=$BATS_TEST_TMPDIR/tree && mkdir "$tree"; }

has_tools() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || skip "there is no $tool"
    done
}

# Debian's says at every call that one should use alien, but may know better.
rpm_at() { command rpm --root "$tree" --dbpath /var/lib/rpm "$@" 2>&1 | sed -E '/alien|assuming you know/Id'; }

dpkg_at() { DPKG_ROOT=$tree command dpkg --root="$tree" --force-script-chrootless --force-depends --log=/dev/null "$@"; }

files_of_tree() { (cd "$tree" && find . -mindepth 1 ! -path './var*' ! -type d | sort); }

# Runs them with the libraries of this machine, which the tree does not have. They are there for that one process only, so that
# nothing that cleans up can ever meet them.
programs_run() {
    local program
    mkdir "$tree/host"
    for program in "${programs[@]/#//usr/libexec/dom0net/}" /usr/sbin/dom0net; do
        works unshare --mount --propagation private bash -ec \
            'mount --bind -o ro / "$1/host" && exec chroot "$1" "/host$2" --library-path "$3" "$4" --version' \
            - "$tree" "$(loader)" "$(library_path)" "$program"
        mentions "$version"
    done
    rmdir "$tree/host"
}

loader() { realpath "$(readelf -p .interp "$tree/usr/sbin/dom0net" | grep -oE '/[^ ]+ld-[^ ]+')"; }

library_path() {
    local triple
    triple=$(gcc -dumpmachine)
    echo "/host/usr/lib/$triple:/host/usr/lib64"
}

# older_rpm [DOM0NET]: the same rpm with another version, and perhaps another program: for what happens at an upgrade, only its
# files and scriptlets matter.
older_rpm() {
    local content=$BATS_TEST_TMPDIR/content top=$BATS_TEST_TMPDIR/older
    local -a macros=()
    mkdir -p "$content" "$top/SOURCES"
    (cd "$content" && rpm2cpio "$rpm" | cpio -idm --quiet)
    rm -rf "$content/usr/lib/.build-id" # made anew, of what is there then
    [[ -z ${1:-} ]] || cp "$1" "$content/usr/sbin/dom0net"
    mkdir "$top/dom0net-0.0.9" && cp "$root"/{LICENSE,README.md,CHANGELOG.md} "$top/dom0net-0.0.9/"
    tar -C "$top" -czf "$top/SOURCES/dom0net-0.0.9.tar.gz" dom0net-0.0.9
    sed 's/^Version:.*/Version: 0.0.9/' "$root/scripts/rpm/dom0net.spec" >"$top/dom0net.spec"
    [[ $(command rpm --eval %_unitdir) != %_unitdir ]] || macros=(--load "$root/scripts/rpm/macros.plain")
    works rpmbuild "${macros[@]}" --nodeps --without check --define "_topdir $top" --define "debug_package %{nil}" \
        --define "cmake true" --define "cmake_build true" \
        --define "cmake_install cp -a $content/. %{buildroot}/; rm -rf %{buildroot}%{_docdir}/dom0net*/[A-Z]* %{buildroot}/usr/share/licenses" \
        -bb "$top/dom0net.spec"
    find "$top/RPMS" -name '*.rpm'
}

older_deb() {
    local content=$BATS_TEST_TMPDIR/content
    dpkg-deb -R "$deb" "$content"
    sed -i 's/^Version:.*/Version: 0.0.9-1/' "$content/DEBIAN/control"
    dpkg-deb -b "$content" "$BATS_TEST_TMPDIR/older.deb" >&2
    echo "$BATS_TEST_TMPDIR/older.deb"
}

@test "one version everywhere" {
    claim "spec" "$(sed -nE 's/^Version: *//p' "$root/scripts/rpm/dom0net.spec")" "$version"
    claim "debian/changelog" "$(sed -nE '1s/^dom0net \(([^-]*)-.*/\1/p' "$root/scripts/debian/changelog")" "$version"
    grep -q "^## .*$version" "$root/CHANGELOG.md"
}

@test "the source archive is the same, byte for byte, from another clone and at another time" {
    git clone -q "$root" "$BATS_TEST_TMPDIR/clone"
    works "$BATS_TEST_TMPDIR/clone/scripts/package" archive --output "$BATS_TEST_TMPDIR"
    git -C "$root" diff --quiet HEAD || skip "the tree is not what is committed"
    claim "digest" "$(sha256sum <"$BATS_TEST_TMPDIR/dom0net-$version.tar.gz")" \
        "$(sha256sum <"$DOM0NET_PACKAGES/dom0net-$version.tar.gz")"
}

@test "rpm: rpmlint finds no error by scripts/rpm/rpmlint.toml" {
    has_tools rpmlint
    works rpmlint --config "$root/scripts/rpm/rpmlint.toml" "$root/scripts/rpm/dom0net.spec" "$rpm"
    mentions " 0 errors"
}

@test "rpm: installed, upgraded and erased in an empty root, which has no shell; nothing is left" {
    has_tools rpmbuild rpm2cpio cpio
    set -o pipefail
    local older
    older=$(older_rpm)
    works rpm_at --initdb
    works rpm_at -i --nodeps "$older"
    claim "what scriptlets said" "$said" ""
    claim "installed" "$(rpm_at -q --qf '%{version}' dom0net)" 0.0.9
    works rpm_at -U --nodeps "$rpm"
    claim "what scriptlets said" "$said" ""
    claim "installed" "$(rpm_at -q --qf '%{version}' dom0net)" "$version"
    programs_run
    works rpm_at -V --nodeps dom0net
    works rpm_at -e dom0net
    claim "what scriptlets said" "$said" ""
    claim "files that are left" "$(files_of_tree)" ""
}

# recorder: prints the path of a program that needs no library, and adds its words to /called.
recorder() {
    gcc -static -x c -o "$BATS_TEST_TMPDIR/recorder" - <<'END' && echo "$BATS_TEST_TMPDIR/recorder"
#include <stdio.h>
int main(int count, char **words)
{
    FILE *file = fopen("/called", "a");
    for (int i = 1; file && i < count; ++i)
        fprintf(file, "%s%s", words[i], i + 1 < count ? " " : "\n");
    return 0;
}
END
}

# xen_rpm VERSION: a package that has a script in /etc/xen/scripts, as Xen's have.
xen_rpm() {
    local top=$BATS_TEST_TMPDIR/xen
    printf '%s\n' "Name: xen-runtime" "Version: $1" "Release: 1" "Summary: stub" "License: MIT" "BuildArch: noarch" \
        "%description" "stub" "%install" "mkdir -p %{buildroot}/etc/xen/scripts" "echo $1 >%{buildroot}/etc/xen/scripts/vif-bridge" \
        "%files" "/etc/xen/scripts/vif-bridge" >"$BATS_TEST_TMPDIR/xen-runtime.spec"
    rpmbuild --define "_topdir $top" -bb "$BATS_TEST_TMPDIR/xen-runtime.spec" >&2
    find "$top/RPMS" -name "xen-runtime-$1-*.rpm"
}

@test "rpm: where dom0net is enabled, updates of Xen and of ours renew that, and it is not erased before it is disabled" {
    has_tools rpmbuild rpm2cpio cpio gcc
    set -o pipefail
    local ours
    ours=$(older_rpm "$(recorder)")
    works rpm_at --initdb
    works rpm_at -i --nodeps "$ours"
    works rpm_at -i "$(xen_rpm 1)"
    not test -e "$tree/called"
    mkdir -p "$tree/var/lib/dom0net" && : >"$tree/var/lib/dom0net/enabled.json"
    works rpm_at -U "$(xen_rpm 2)"
    claim "what an update of Xen called" "$(sort -u "$tree/called")" "enable --again"
    rm "$tree/called"
    works rpm_at -U --force --nodeps "$ours"
    claim "what an update of ours called" "$(sort -u "$tree/called")" "enable --again"
    fails 1 rpm_at -e dom0net
    mentions 'run "dom0net disable" first'
    works rpm_at -q dom0net
    rm "$tree/var/lib/dom0net/enabled.json"
    works rpm_at -e dom0net
}

@test "rpm: it has no file of Xen's packages, and nothing is switched on" {
    works command rpm -qpl "$rpm"
    not grep -qE '^/etc/|/xen/|\.wants/|preset' <<<"$said"
}

# Each stub has what the distribution's package of that name provides.
stub() {
    local name=$1 provided=$2
    printf '%s\n' "Name: $name" "Version: 99" "Release: 1" "Summary: stub" "License: MIT" "BuildArch: noarch" \
        "$(sed '/./s/^/Provides: /' <<<"$provided")" "%description" "stub" "%files" >"$BATS_TEST_TMPDIR/$name.spec"
    rpmbuild --define "_topdir $BATS_TEST_TMPDIR/stubs" -bb "$BATS_TEST_TMPDIR/$name.spec" >&2
}

# required PATTERN: what of it the rpm requires; nothing, where it has it as an archive.
required() { command rpm -qp --requires "$rpm" | grep -E "$1" | sed 's/ *$//' | sort -u; }

@test "rpm: what it requires is to be had from glibc, Xen's libraries, libmnl, libnl3, libnftnl and bash alone" {
    has_tools dnf createrepo_c rpmbuild
    local repository=$BATS_TEST_TMPDIR/stubs/RPMS
    stub glibc "$(required '^(libc|libm|ld-linux[^.]*|libpthread)\.so|^rtld')"
    stub xen-libs "$(required '^libxen')"
    stub libmnl "$(required '^libmnl\.so')"
    stub libnl3 "$(required '^libnl-3\.so')"
    stub libnftnl "$(required '^libnftnl\.so')"
    stub pugixml "$(required '^libpugixml\.so')"
    stub bash "$(printf '%s\n' /bin/sh /bin/bash /usr/bin/bash)"
    cp "$rpm" "$repository/"
    createrepo_c -q "$repository"
    works dnf -q --installroot="$tree" --releasever=1 --repofrompath="stubs,file://$repository" --repo=stubs \
        --nogpgcheck --setopt=install_weak_deps=False --setopt=cachedir="$BATS_TEST_TMPDIR/cache" --setopt=tsflags=test \
        --setopt=reposdir=/nowhere --assumeyes install dom0net
}

@test "deb: lintian finds neither an error nor a warning" {
    has_tools lintian
    local changes
    changes=$(find "$DOM0NET_PACKAGES" -name "dom0net_$version-*.changes")
    works lintian --allow-root --fail-on error,warning "$changes"
}

@test "deb: installed, upgraded, removed and purged in an empty root; nothing is left" {
    has_tools dpkg-deb
    local older
    older=$(older_deb)
    mkdir -p "$tree/var/lib/dpkg/"{info,updates,triggers} && : >"$tree/var/lib/dpkg/status"
    works dpkg_at --install "$older"
    works dpkg_at --install "$deb"
    claim "installed" "$(dpkg-query --admindir="$tree/var/lib/dpkg" -W -f '${Version} ${db:Status-Status}' dom0net)" \
        "$version-1 installed"
    programs_run
    works dpkg_at --remove dom0net
    works dpkg_at --purge dom0net
    claim "files that are left" "$(files_of_tree)" ""
}

# xen_deb VERSION: likewise.
xen_deb() {
    local content=$BATS_TEST_TMPDIR/xen-$1
    mkdir -p "$content/DEBIAN" "$content/etc/xen/scripts" && echo "$1" >"$content/etc/xen/scripts/vif-bridge"
    printf '%s\n' "Package: xen-utils-common" "Version: $1" "Architecture: all" "Maintainer: stub <stub@localhost>" \
        "Description: stub" >"$content/DEBIAN/control"
    dpkg-deb -b "$content" "$content.deb" >&2
    echo "$content.deb"
}

@test "deb: where dom0net is enabled, updates of Xen renew that, and it is not removed before it is disabled" {
    has_tools dpkg-deb
    local script=$tree/etc/xen/scripts/vif-bridge
    mkdir -p "$tree/var/lib/dpkg/"{info,updates,triggers} && : >"$tree/var/lib/dpkg/status"
    works dpkg_at --install "$(xen_deb 1)" "$deb"
    works "$tree/usr/sbin/dom0net" enable --names --root "$tree"
    works dpkg_at --install "$(xen_deb 2)"
    claim "vif-bridge" "$(readlink "$script")" /usr/libexec/dom0net/vif-bridge
    claim "Xen's own" "$(cat "$script.dom0net-saved")" 2
    fails 1 dpkg_at --remove dom0net
    mentions 'run "dom0net disable" first'
    claim "vif-bridge" "$(readlink "$script")" /usr/libexec/dom0net/vif-bridge
    works "$tree/usr/sbin/dom0net" disable --root "$tree"
    claim "vif-bridge" "$(cat "$script")" 2
    works dpkg_at --remove dom0net
}

@test "deb: it has no file of Xen's packages, and nothing is switched on" {
    works dpkg-deb --contents "$deb"
    not grep -qE ' \./etc/|/xen/|\.wants/|preset' <<<"$said"
}
