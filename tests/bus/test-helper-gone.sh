#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-helper-gone.sh RAIDD SOURCE-ROOT: a daemon that ends in order takes its helper with it, and nothing is recovered; one that has lost its
# helper ends, and as a failure, so that systemd starts both anew; and one that finds no helper does not start.

set -euo pipefail
raidd=$1 source=$2
fail() { echo "not ok: $*"; exit 1; }

daemon_leaves() (
        . "$source/tests/bus/private-bus.sh"
        kill -TERM $daemon
        wait $daemon || fail "the daemon ended with $?"
        wait $helper || fail "the helper ended with $?"
        pids=("${pids[0]}")
        grep -q '"verb": "scan"' "$FAKE_LOG" || fail "the worker was never asked"
        ! grep -q recover "$FAKE_LOG" || fail "there was a recovery after a daemon that ended in order"
)

helper_dies() (
        . "$source/tests/bus/private-bus.sh"
        kill -KILL $helper
        pids=("${pids[0]}")
        status=0
        wait $daemon || status=$?
        [ $status = 1 ] || fail "the daemon ended with $status"
        status=0
        RAIDD_HELPER=$TEST_BUS/helper "$raidd" --session || status=$?
        [ $status = 1 ] || fail "without a helper the daemon ended with $status"
)

daemon_leaves
helper_dies
