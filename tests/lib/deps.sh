# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced: install_deps makes a fresh Debian 12 able to build and test raidd. Costs one dpkg-query when all is there.

build_packages=(
        meson ninja-build gcc clang libclang-rt-14-dev pkgconf
        libsystemd-dev libdevmapper-dev libudev-dev libblkid-dev libjson-c-dev
        libxml2-utils groff man-db bash-completion
)
test_packages=(
        python3 python3-dbus python3-gi python3-jsonschema jq valgrind dbus libglib2.0-bin systemd lvm2 tmux zsh fish
        qemu-system-x86 qemu-system-common qemu-utils mmdebstrap e2fsprogs
)

missing_packages() {
        local -A have=()
        local p status
        while read -r p status; do
                [ "$status" != installed ] || have[$p]=1
        done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null)
        for p in "$@"; do
                [ -n "${have[$p]:-}" ] || echo "$p"
        done
}

install_deps() { install_packages "${build_packages[@]}" "${test_packages[@]}"; }

install_packages() { # PACKAGE...: those of them that are not there
        local missing
        mapfile -t missing < <(missing_packages "$@")
        [ ${#missing[@]} -gt 0 ] || return 0

        need_root
        say "installing: ${missing[*]}"
        # Somebody else's apt may be at work; wait for it rather than fail.
        local apt=(apt-get -qq -o DPkg::Lock::Timeout=600 -o APT::Get::Update::LockTimeout=600)
        export DEBIAN_FRONTEND=noninteractive
        "${apt[@]}" update
        "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null
}
