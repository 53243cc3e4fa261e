# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced: builds of raidd, each in a folder build-KIND at the root of the checkout.

meson_options() { # KIND
        case $1 in
        plain) echo -Dbuildtype=debugoptimized ;;
        hooks) echo -Dbuildtype=debugoptimized -Dtest-hooks=true -Dwerror=true ;;
        asan) echo -Dbuildtype=debugoptimized -Dtest-hooks=true -Db_sanitize=address,undefined -Db_lundef=false ;;
        clang) echo -Dbuildtype=debugoptimized -Dwerror=true -Dtest-hooks=true ;;
        o3) echo -Dbuildtype=release -Db_ndebug=true -Doptimization=3 ;;
        *) die "no such build: $1" ;;
        esac
}

# build KIND: configure and compile; prints nothing unless it fails. The folder is locked: two tests may want it at once.
build() {
        local kind=$1 dir=$root/build-$1 cc=gcc log
        [ "$kind" != clang ] || cc=clang
        log=$dir.log
        (
                flock 7
                local options
                read -ra options <<<"$(meson_options "$kind")"
                if [ ! -e "$dir/build.ninja" ]; then
                        CC=$cc meson setup --prefix=/usr --sysconfdir=/etc --localstatedir=/var "${options[@]}" "$dir" "$root"
                fi
                ninja -C "$dir"
        ) 7>"$dir.lock" >"$log" 2>&1 || { say "build $kind failed:"; tail -n 60 "$log" >&2; return 1; }
}

# build_tree KIND: build and install it; prints the folder that holds the tree.
build_tree() {
        local tree=$root/build-$1/tree
        build "$1" || exit 125
        (
                flock 7
                rm -rf "$tree"
                meson install -C "$root/build-$1" --no-rebuild --destdir "$tree"
        ) 7>"$root/build-$1.lock" >"$root/build-$1.install.log" 2>&1 ||
                { tail -n 20 "$root/build-$1.install.log" >&2; exit 125; }
        echo "$tree"
}
