#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# with-daemon.sh RAIDD SOURCE-ROOT SCRIPT [ARGUMENT]...: a script of this folder against the daemon on a bus of its own. It is told the
# daemon's process and begins as root, if this is root, but calls as somebody else.

set -euo pipefail
raidd=$1 source=$2 script=$3
shift 3
. "$source/tests/bus/private-bus.sh"
status=0
"$source/tests/bus/$script" "$source" $daemon "$@" || status=$?
[ $status != 77 ] || exit 77
kill $daemon
pids=("${pids[0]}")
wait $daemon || { echo "the daemon ended with $?"; status=1; }
wait $helper || { echo "the helper ended with $?"; status=1; }
exit $status
