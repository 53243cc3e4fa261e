# SPDX-License-Identifier: LGPL-2.1-or-later
# The benchmark; prints ratios and their bounds. It fails only if something fails, not if something is slow.
# batch: 10
# suite: full

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

timeout_ratios=2800
scenario_ratios() {
        mv "$files/com.redhat.lvmdbus1.service" /usr/share/dbus-1/system-services/
        systemctl reload dbus.service
        python3 -u "$files/bench.py" "$(disk d1)" "$(disk d2)" "$(disk d3)" "$(disk d4)"
}

run_scenarios "$@"
