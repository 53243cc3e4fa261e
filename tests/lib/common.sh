# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by every command under tests/: where things are, how to complain, how to take a lock.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${RAIDD_CACHE:-/var/cache/raidd}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 125; }

need_root() { [ "$(id -u)" = 0 ] || die "must run as root"; }

# lock FILE WHAT: hold FILE on a fresh descriptor until this process ends; say so when somebody else has it.
lock() {
        local fd
        mkdir -p "$(dirname "$1")"
        exec {fd}>>"$1"
        flock -n "$fd" || { say "waiting for another $2"; flock "$fd"; }
        last_lock=$fd
}
unlock() { exec {last_lock}>&-; }
