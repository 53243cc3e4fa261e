#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-sandbox.sh SECURITY.md {UNIT WORST}...: prints what systemd-analyze thinks of each unit. The figure may not become worse than that, and each
# line that it finds fault with has a reason in the document, none too many.

set -euo pipefail
document=$1
shift
failed=0
while [ $# -gt 0 ]; do
        unit=$1 worst=$2 name=${1##*/}
        shift 2
        report=$(LC_ALL=C.UTF-8 SYSTEMD_EMOJI=0 systemd-analyze security --offline=true --no-pager "$unit" 2>&1 || true)
        figure=$(sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p' <<<"$report")
        [ -n "$figure" ] || { echo "$report"; exit 1; }
        echo "exposure of $name: $figure of 10"
        faults=$(sed -n 's/^✗ \([^ ]*\) .*/\1/p' <<<"$report" | sort)
        reasons=$(sed -n "/^### What systemd-analyze finds fault with in $name\$/,/^##* /p" "$document" | sed -n 's/^| `\([^`]*\)` |.*/\1/p' |
                sed 's/\\|/|/g' | sort)
        diff <(echo "$faults") <(echo "$reasons") || { echo "$name: < has no reason, > is no fault"; failed=1; }
        awk -v a="$figure" -v b="$worst" 'BEGIN { exit !(a <= b) }' || { echo "$name: it was $worst"; failed=1; }
done
exit $failed
