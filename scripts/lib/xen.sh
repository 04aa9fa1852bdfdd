# shellcheck shell=bash
# xen.sh: finds the distribution's own xenstored and network scripts.
#
# The package that has xenstored would, once installed, start services and change the boot loader; it is only unpacked,
# into a folder of the user's cache. Xen itself need not run: test/support/xsshim.c stands in for it.

xen_folder() {
    printf '%s\n' "${DOM0NET_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/dom0net}/xen"
}

# find_xenstored: prints the path of a C xenstored, or fails. What was unpacked comes before what is installed.
find_xenstored() {
    local file
    if [[ -n ${DOM0NET_XENSTORED:-} ]]; then
        printf '%s\n' "$DOM0NET_XENSTORED"
        return
    fi
    for file in "$(xen_folder)"/root/usr/lib/xen-*/bin/xenstored "$(xen_folder)"/root/usr/{sbin,bin}/xenstored \
        /usr/lib/xen-*/bin/xenstored /usr/{sbin,bin}/xenstored /usr/lib/xen/bin/xenstored; do
        [[ -x $file && ! -L $file ]] || continue
        printf '%s\n' "$file"
        return
    done
    return 1
}

# find_stock_scripts: prints the folder with the vif-bridge and so on that Xen ships, or fails.
find_stock_scripts() {
    local folder
    for folder in "$(xen_folder)/root/etc/xen/scripts" /etc/xen/scripts; do
        [[ -f $folder/vif-bridge && -f $folder/vif-common.sh ]] || continue
        printf '%s\n' "$folder"
        return
    done
    return 1
}

fetch_with_apt() {
    local package
    package=$(apt-cache pkgnames xen-utils- | grep -E '^xen-utils-[0-9.]+$' | sort -V | tail -n 1)
    # As root, apt-get would rather download as the user _apt, who may not enter our folder: a notice, no more.
    apt-get download -qq -o APT::Sandbox::User=root "$package" xen-utils-common
    for package in ./*.deb; do
        dpkg-deb -x "$package" root
    done
}

unpack_rpms() {
    local package
    mkdir -p root
    for package in "$@"; do
        rpm2cpio "$package" | (cd root && cpio --quiet -idmu)
    done
}

fetch_with_dnf() {
    dnf -q download --arch "$(uname -m)" xen-runtime
    unpack_rpms ./*.rpm
}

fetch_with_zypper() {
    zypper -q --non-interactive --pkg-cache-dir "$PWD/packages" install --force --no-recommends \
        --download-only xen-tools
    mapfile -t packages < <(find packages -name 'xen-tools-[0-9]*.rpm')
    unpack_rpms "${packages[@]}"
}

# fetch_xen PACKAGER: unpacks the package into the cache, unless that has been done. A fetch that was interrupted
# leaves nothing that a later one would mistake for a whole one.
fetch_xen() {
    local folder work
    folder=$(xen_folder)
    [[ ! -d $folder/root ]] || return 0
    mkdir -p "$folder" &&
        work=$(mktemp -d "$folder/unpacking.XXXXXX") &&
        (set -e && cd "$work" && "fetch_with_$1") &&
        mv -T "$work/root" "$folder/root" || return
    rm -rf "$folder"/unpacking.*
}
