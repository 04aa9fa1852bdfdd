# shellcheck shell=bash
# packages.sh: what building and testing need, in each family of distributions, and how to get it.

# packager: apt, dnf or zypper, by what /etc/os-release says the system is or is like.
packager() {
    local id
    # shellcheck source=/dev/null
    for id in $(. /etc/os-release && echo "$ID ${ID_LIKE:-}"); do
        case $id in
            debian | ubuntu) echo apt && return ;;
            fedora | rhel | centos) echo dnf && return ;;
            *suse*) echo zypper && return ;;
        esac
    done
    die "this distribution is none of those known (apt, dnf, zypper); see what scripts/lib/packages.sh lists and use --no-install"
}

# needed_packages PACKAGER: compiler and build tools; libraries; what the tests drive.
needed_packages() {
    case $1 in
        apt) echo g++ cmake ninja-build pkg-config \
            libmnl-dev libnl-3-dev libnftnl-dev libxen-dev libcli11-dev nlohmann-json3-dev libpugixml-dev catch2 \
            bats jq nftables python3 tcpdump dnsmasq-base socat busybox iproute2 iputils-ping procps strace util-linux bsdextrautils xenstore-utils openvswitch-switch ;;
        dnf) echo gcc gcc-c++ cmake ninja-build pkgconf-pkg-config libstdc++-static libasan libubsan \
            libmnl-devel libnl3-devel libnftnl-devel xen-devel cli11-devel json-devel pugixml-devel catch-devel \
            bats jq nftables python3 tcpdump dnsmasq socat busybox iproute iputils procps-ng strace util-linux hostname diffutils cpio xen-libs ;;
        zypper) echo gcc gcc-c++ cmake ninja pkgconf-pkg-config \
            libmnl-devel libnl3-devel libnftnl-devel xen-devel cli11-devel nlohmann_json-devel pugixml-devel Catch2-devel \
            bats jq nftables python3 tcpdump dnsmasq socat busybox iproute2 iputils procps strace util-linux hostname diffutils cpio xen-libs xen-tools-domU ;;
    esac
}

# nice_packages PACKAGER: without these a check is skipped, or the build is slower.
nice_packages() {
    case $1 in
        apt) echo shellcheck clang-format clang-tidy man-db ccache qemu-system-x86 user-mode-linux iperf3 iptables ;;
        dnf) echo ShellCheck clang-tools-extra man-db ccache qemu-system-x86-core iperf3 iptables openvswitch ;;
        zypper) echo ShellCheck clang-tools man ccache qemu-x86 iperf iptables openvswitch ;;
    esac
}

# xen_packages PACKAGER: for the tests in a machine with Xen, which is made of Debian's packages.
xen_packages() {
    [[ $1 != apt ]] || echo qemu-system-x86 nftables xz-utils
}

is_installed() {
    case $1 in
        apt) [[ $(dpkg-query -W -f '${db:Status-Status}' "$2" 2>/dev/null) == installed ]] ;;
        *) rpm -q --quiet --whatprovides "$2" ;;
    esac
}

missing_of() {
    local packager=$1 package
    for package in "${@:2}"; do
        is_installed "$packager" "$package" || echo "$package"
    done
}

refresh_lists() {
    case $1 in
        apt) apt-get -qq update ;;
        dnf) dnf -q makecache ;;
        zypper) zypper -q --non-interactive refresh ;;
    esac
}

install_with() {
    case $1 in
        apt) DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends \
            -o Dpkg::Use-Pty=0 "${@:2}" ;;
        dnf) dnf -q install --assumeyes --setopt=install_weak_deps=False "${@:2}" ;;
        zypper) zypper -q --non-interactive install --no-recommends "${@:2}" ;;
    esac
}

# install_missing [XEN]: whatever is needed and not there, XEN=yes for the tests with Xen too; says nothing when nothing is
# missing. What is nice, or for Xen, is no failure if it cannot be had; what is nice is asked for only along with others.
install_missing() {
    local packager log
    local -a needed nice xen=()
    packager=$(packager)
    # shellcheck disable=SC2046 # words are wanted
    mapfile -t needed < <(missing_of "$packager" $(needed_packages "$packager"))
    # shellcheck disable=SC2046
    [[ ${1:-no} == no ]] || mapfile -t xen < <(missing_of "$packager" $(xen_packages "$packager"))
    [[ ${#needed[@]} -gt 0 || ${#xen[@]} -gt 0 || ! -d $(xen_folder)/root ]] || return 0
    # shellcheck disable=SC2046
    mapfile -t nice < <(missing_of "$packager" $(nice_packages "$packager"))
    nice+=("${xen[@]}")

    log=$(mktemp)
    say "Installing ${needed[*]} ${nice[*]}, and unpacking xenstored into $(xen_folder)"
    if ! install_all </dev/null >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        die "could not install what is needed"
    fi
    rm -f "$log"
}

install_all() {
    local package
    refresh_lists "$packager" || true # what is known already may do
    [[ ${#needed[@]} -eq 0 ]] || install_with "$packager" "${needed[@]}" || return
    for package in "${nice[@]}"; do
        install_with "$packager" "$package" || true
    done
    fetch_xen "$packager"
}
