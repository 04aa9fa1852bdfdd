# shellcheck shell=bash disable=SC2154 # xen_here is this folder
# machine.sh: a machine with Xen, made of Debian's packages and of what this one has installed.
#
# Xen, its tools and a kernel are unpacked into the user's cache. dom0 and the guests are initramfs images: the kernel's
# modules, busybox, the programs that the cases drive with their libraries, from this machine, and dom0net, installed.

machine_folder() {
    printf '%s\n' "${DOM0NET_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/dom0net}/machine"
}

# newest PREFIX PATTERN: of the packages that apt knows.
newest() {
    apt-cache pkgnames "$1" 2>/dev/null | grep -xE "$2" | sort -V | tail -n 1
}

# machine_packages: dom0's kernel is the one that linux-image-amd64 stands for.
machine_packages() {
    newest xen-hypervisor- 'xen-hypervisor-[0-9.]+-amd64'
    newest xen-utils- 'xen-utils-[0-9.]+'
    apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
    echo busybox-static
}

# machine_fetch: unpacks the packages into the cache, unless that has been done. A fetch that was interrupted leaves
# nothing that a later one would mistake for a whole one. Without the packages: one line, and status 77.
machine_fetch() {
    local folder work status=0
    folder=$(machine_folder)
    [[ ! -d $folder ]] || return 0
    mkdir -p "${folder%/*}"
    work=$(mktemp -d "$folder.XXXXXX")
    (cd "$work" && download >log 2>&1) || {
        echo "Debian's packages of Xen and Linux cannot be had: $(tail -n 1 "$work/log")"
        status=77
    }
    [[ $status != 0 ]] || (cd "$work" && unpack && mv -T root "$folder") || status=1
    rm -rf "$work"
    return "$status"
}

download() {
    local -a packages
    mapfile -t packages < <(machine_packages)
    [[ ${#packages[@]} == 4 ]] || { echo "apt knows but ${#packages[@]} of 4 (${packages[*]})" && return 1; }
    # As root, apt-get would rather download as the user _apt, who may not enter our folder.
    apt-get download -qq -o APT::Sandbox::User=root "${packages[@]}"
}

# unpack: Xen and dom0 boot, and xl makes guests, in half the time when the kernel is not packed.
unpack() {
    local package kernel offset
    for package in ./*.deb; do
        dpkg-deb -x "$package" root || return
    done
    gunzip -c root/boot/xen-*.gz >root/xen || return
    kernel=$(echo root/boot/vmlinuz-*)
    offset=$(LC_ALL=C grep -abo $'\xfd7zXZ' "$kernel" | head -n 1 | cut -d: -f1)
    tail -c "+$((offset + 1))" "$kernel" | xz -dc >root/vmlinux 2>/dev/null || true # something else follows it
    [[ $(head -c 4 root/vmlinux) == $'\x7fELF' ]]
}

# add_libraries ROOT FILE...: the libraries of programs, where this machine has them.
add_libraries() {
    local root=$1 found
    found=$(ldd "${@:2}" 2>/dev/null) || true
    if grep 'not found' <<<"$found" >&2; then return 1; fi
    sed -nE 's/^\t(.* => )?(\/[^ ]+) \(0x.*/\2/p' <<<"$found" | sort -u | xargs -r cp -L --parents -t "$root"
}

# add_programs ROOT NAME...: the programs that this machine has; they take the place of busybox's.
add_programs() {
    local root=$1 name file
    local -a files=()
    for name in "${@:2}"; do
        file=$(type -P "$name") || { echo "$name is not installed" >&2 && return 1; }
        files+=("$file")
    done
    cp -L --remove-destination -t "$root/usr/bin" "${files[@]}"
    add_libraries "$root" "${files[@]}"
}

# add_modules ROOT PATH...: modules, or folders of them.
add_modules() {
    local root=$1 version modules
    shift
    version=$(ls "$(machine_folder)/lib/modules")
    modules=lib/modules/$version
    (cd "$(machine_folder)" &&
        cp -r --parents -t "$root" "$modules"/modules.{order,builtin,builtin.modinfo} "${@/#/$modules/kernel/}")
    "$root/usr/bin/busybox" depmod -b "$root" "$version"
}

# new_root ROOT: folders, and busybox under all its names.
new_root() {
    local root=$1 name
    mkdir -p "$root"/{usr/{bin,lib,lib64},etc,proc,sys,dev,run/lock,tmp,root,var/{lib/xen,log/xen/console}}
    for name in bin lib lib64; do ln -s "usr/$name" "$root/$name"; done
    ln -s bin "$root/usr/sbin"
    ln -s usr/bin "$root/sbin"
    ln -s ../run "$root/var/run"
    ln -s ../run/lock "$root/var/lock"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
    echo 'root:x:0:' >"$root/etc/group"
    cp "$(machine_folder)/bin/busybox" "$root/usr/bin/busybox"
    for name in $("$root/usr/bin/busybox" --list); do
        [[ $name == busybox ]] || ln -s busybox "$root/usr/bin/$name"
    done
}

# installed_folder ROOT PATTERN: where dom0net's install step put what has such a path.
installed_folder() {
    local file
    file=$(cd "$1" && find . -path "$2" -type f | head -n 1)
    dirname "${file#.}"
}

# pack ROOT: as an image that Linux boots from.
pack() {
    (cd "$1" && find . | usr/bin/busybox cpio -o -H newc 2>/dev/null)
}

# make_guest ROOT
make_guest() {
    local root=$1
    new_root "$root"
    add_programs "$root" xenstore-read xenstore-write xenstore-watch
    add_modules "$root" drivers/net/xen-netfront.ko net/{8021q,802,llc}
    install -m 755 "$xen_here/guest_init" "$root/init"
}

# make_dom0 ROOT BUILD: BUILD is the build folder that dom0net gets installed from.
make_dom0() {
    local root=$1 build=$2 machine libgcc tools name
    machine=$(machine_folder)
    new_root "$root"
    add_programs "$root" bash env cat cp rm mv ls ln mkdir mktemp date sort tee cut tr wc od head tail stat timeout cmp diff \
        grep sed awk find xargs ps pkill ip bridge tc nft ping hostname sysctl stty jq bats \
        xenstore-{read,write,ls,rm,exists,chmod,list,watch}
    dpkg -L bats | grep -E '^/usr/lib(exec)?/bats-core/' | xargs cp --parents -t "$root"
    libgcc=$(ldconfig -p | sed -n 's/.*libgcc_s.so.1 .*x86-64.* => //p' | head -n 1)
    cp -L --parents -t "$root" "$libgcc" # libxl wants it when a thread ends

    (cd "$machine" && cp -r --parents -t "$root" usr/lib/xen-*/bin)
    tools=$(cd "$root/usr/lib" && echo xen-*/bin)
    for name in xl xenstored xen-init-dom0 xenconsoled; do
        ln -s "../lib/$tools/$name" "$root/usr/bin"
        add_libraries "$root" "$root/usr/lib/$tools/$name"
    done
    mkdir -p "$root/etc/xen/scripts" "$root/boot"
    echo 'autoballoon="off"' >"$root/etc/xen/xl.conf"
    ln "$machine/vmlinux" "$root/boot/vmlinux" 2>/dev/null || cp "$machine/vmlinux" "$root/boot/vmlinux"
    add_modules "$root" drivers/xen drivers/net/{bonding,xen-netback,ethernet/intel/e1000} \
        drivers/net/{dummy,ifb,macvlan,tun,veth,xen-netfront}.ko \
        net/{bridge,802,8021q,llc,netfilter,sched,tls,ipv4,ipv6,core} lib crypto \
        drivers/virtio net/9p fs/{9p,netfs,fscache}

    DESTDIR=$root cmake --install "$build" >/dev/null
    add_libraries "$root" "$build"/bin/*
    mkdir -p "$root/dom0net/test"
    cp -r "$xen_here" "$xen_here/../support" "$root/dom0net/test"
    mkdir "$root/dom0net/scripts"
    cp -r "$xen_here/../../scripts/lib" "$root/dom0net/scripts"
    install -m 755 "$xen_here/dom0_init" "$root/init"
}
