#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-bus-gone.sh RAIDD SOURCE-ROOT: a daemon that has lost the bus ends, and as a failure, so that systemd starts it anew; one that
# stayed would be running and out of reach.

set -euo pipefail
raidd=$1 source=$2
. "$source/tests/bus/private-bus.sh"
kill "${pids[0]}"
pids=($daemon)
status=0
wait $daemon || status=$?
pids=()
[ $status = 1 ] || { echo "not ok: the daemon ended with $status"; exit 1; }
