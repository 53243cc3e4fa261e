# SPDX-License-Identifier: LGPL-2.1-or-later
# A disk does not answer for a while, in the middle of something. Nobody else waits, and when the disk is back there is no difference.
# batch: 8

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# legs N: leg0 and so on are the disks d1 and so on but for the first MiB, so that a label is not on two devices
legs() {
        local i dev
        for ((i = 0; i < $1; i++)); do
                dev=$(disk "d$((i + 1))")
                linear[i]="0 $(($(blockdev --getsz "$dev") - 2048)) linear $dev 2048"
                dmsetup create "leg$i" --table "${linear[i]}"
        done
}
replace_table() { dmsetup suspend --noflush --nolockfs "$1" && dmsetup load "$1" --table "$2" && dmsetup resume --noudevsync "$1"; } # udev may have to wait for the disk
returns() { replace_table "leg$1" "${linear[$1]}"; }

# Nothing of it comes back for some time. What is about it waits; nothing else does.
scenario_hangs() {
        local pid
        legs 2
        raidctl vg-create vg1 /dev/mapper/leg0 /dev/mapper/leg1
        r_raid1 vg1 data 32M 2
        r_vg vg0 d4 d5
        r_raid1 vg0 data 32M 2
        replace_table leg1 "${linear[1]/linear/delay} 300000"
        raidctl split vg1/data --allow-degraded >$vm_tmp/waits 2>&1 &
        pid=$!
        check "a worker waits for the disk" retry 20 pgrep -x raidd-worker
        check "reads are answered" timeout 100 raidctl list
        check "another group is split" timeout 200 raidctl split vg0/data --allow-degraded
        check "and merged" timeout 200 raidctl merge vg0/data --wait
        check "and asked about" timeout 100 raidctl status vg0/data
        returns 1 # which lets everything go that was delayed
        # Whether it came before or after somebody looked for the disk in vain.
        if wait $pid; then ok "what waited is done"; else check "or told what is missing" grep "leg1) is missing" $vm_tmp/waits; fi
        [ "$(property vg1/data Volume TrackedImage)" != / ] || check "and does it now" retry 20 raidctl split vg1/data --allow-degraded
        check "merged" raidctl merge vg1/data --wait
        for vg in vg0 vg1; do
                check "$vg: no difference" checked $vg data
                check "$vg: agrees" vg_agrees $vg 3
        done
}

run_scenarios "$@"
