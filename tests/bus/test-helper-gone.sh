#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-helper-gone.sh RAIDD SOURCE-ROOT: a daemon that has lost its helper ends, and as a failure, so that systemd starts both anew; and one
# that finds no helper does not start.

set -euo pipefail
raidd=$1 source=$2
. "$source/tests/bus/private-bus.sh"
kill -KILL $helper
pids=("${pids[0]}")
status=0
wait $daemon || status=$?
[ $status = 1 ] || { echo "not ok: the daemon ended with $status"; exit 1; }
status=0
RAIDD_HELPER=$TEST_BUS/helper "$raidd" --session || status=$?
[ $status = 1 ] || { echo "not ok: without a helper the daemon ended with $status"; exit 1; }
