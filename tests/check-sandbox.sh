#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-sandbox.sh UNIT SECURITY.md: prints what systemd-analyze thinks of the unit. The figure may not become worse, and each line that it
# finds fault with has a reason in the document, none too many.

set -euo pipefail
unit=$1 document=$2 worst=2.8
report=$(LC_ALL=C.UTF-8 SYSTEMD_EMOJI=0 systemd-analyze security --offline=true --no-pager "$unit" 2>&1 || true)
figure=$(sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p' <<<"$report")
[ -n "$figure" ] || { echo "$report"; exit 1; }
echo "exposure $figure of 10"
faults=$(sed -n 's/^✗ \([^ ]*\) .*/\1/p' <<<"$report" | sort)
reasons=$(sed -n '/^### What systemd-analyze/,/^## /p' "$document" | sed -n 's/^| `\([^`]*\)` |.*/\1/p' | sed 's/\\|/|/g' | sort)
diff <(echo "$faults") <(echo "$reasons") || { echo "< has no reason, > is no fault"; exit 1; }
awk -v a="$figure" -v b=$worst 'BEGIN { exit !(a <= b) }' || { echo "it was $worst"; exit 1; }
