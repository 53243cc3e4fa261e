# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs from the volume. ROOT_STEP: all, without (the tracked image's disk is another one, blank), back.

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh
vm_cleanup() { :; } # the disks are what counts

said() { tail -n 1 /root/said; }
expected() { case $ROOT_STEP in all) echo "after the split" ;; without) echo "all" ;; back) echo "without" ;; esac; }
health() { raidctl status vg0/root -j | jq -r '.. | .health? // empty' | head -n 1; }
image_is() { raid_status vg0 root | awk '{ print $1 }'; }
no_failed_unit() { local out; out=$(systemctl --failed --no-legend --plain); [ -z "$out" ] || { echo "$out"; return 1; }; }
image_is_read_only() { [ "$(blockdev --getro /dev/vg0/root_rimage_0)" = 1 ] || { echo "it can be written"; return 1; }; }
image_is_old() { debugfs -R 'cat /root/said' /dev/vg0/root_rimage_0 2>/dev/null | diff - <(echo "before the split"); }

scenario_booted() {
        systemctl is-system-running --wait >/dev/null || true
        is "the root filesystem" "$(realpath "$(findmnt -no SOURCE /)")" "$(realpath /dev/mapper/vg0-root)"
        is "it is the newest" "$(said)" "$(expected)"
        check "all units are well" no_failed_unit
        check "the daemon knows it" test "$(property vg0/root Volume TrackedImage)" != /
        if [ "$ROOT_STEP" = without ]; then
                is "what a user sees" "$(property vg0/root Volume Health)" tracking
                check "lvm2 agrees" sh -c 'vgs --noheadings -o vg_missing_pv_count vg0 | grep -qw 1'
        else
                check "the image is read-only" image_is_read_only
                check "and as it was split" image_is_old
                check "agrees" vg_agrees vg0 3
        fi
        echo "$ROOT_STEP" >>/root/said
        if [ "$ROOT_STEP" = back ]; then
                check "merge" raidctl merge vg0/root --wait
                check "no difference" checked vg0 root
                check "agrees" vg_agrees vg0 3
        fi
        rm -rf /var/lib/raidd-vm/*
        sync
}

run_scenarios "$@"
