# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced: builds of raidd, each in a folder build-KIND at the root of the checkout.

meson_options() { # KIND
        case $1 in
        plain) echo -Dbuildtype=debugoptimized ;;
        hooks) echo -Dbuildtype=debugoptimized -Dtest-hooks=true -Dwerror=true ;;
        asan) echo -Dbuildtype=debugoptimized -Dtest-hooks=true -Db_sanitize=address,undefined -Db_lundef=false ;;
        clang) echo -Dbuildtype=debug -Dwerror=true -Dtest-hooks=true ;; # it is for its warnings
        fuzz) echo -Dbuildtype=debugoptimized -Dfuzz=libfuzzer -Db_sanitize=address,undefined -Db_lundef=false ;;
        afl) echo -Dbuildtype=debugoptimized -Dfuzz=afl -Db_sanitize=address,undefined -Db_lundef=false ;;
        o3) echo -Dbuildtype=release -Db_ndebug=true -Doptimization=3 ;;
        *) die "no such build: $1" ;;
        esac
}

_configure() { # KIND
        local dir=$root/build-$1 cc=gcc options
        case $1 in
        clang | fuzz) cc=clang ;;
        afl) cc=afl-clang-fast ;;
        esac
        read -ra options <<<"$(meson_options "$1")"
        [ -e "$dir/build.ninja" ] ||
                CC=$cc meson setup --prefix=/usr --sysconfdir=/etc --localstatedir=/var "${options[@]}" "$dir" "$root"
}

# Two commands may want the same build: the folder is locked. They print nothing unless they fail.
_locked() { # KIND COMMAND...
        local kind=$1 log=$root/build-$1.log
        shift
        ( flock 7; "$@" ) 7>"$root/build-$kind.lock" >"$log" 2>&1 ||
                { say "build $kind failed:"; tail -n 60 "$log" >&2; return 1; }
}
_build() { _configure "$1" && ninja -C "$root/build-$1"; }
_install() { meson install -C "$root/build-$1" --no-rebuild --destdir "$2"; }

configure() { _locked "$1" _configure "$1"; }
build() { _locked "$1" _build "$1"; }

# build_tree KIND DIR: build it and install it into DIR, an absolute path.
build_tree() { build "$1" && _locked "$1" _install "$1" "$2"; }
