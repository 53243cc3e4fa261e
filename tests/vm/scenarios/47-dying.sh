# SPDX-License-Identifier: LGPL-2.1-or-later
# A disk dies, or does not answer for a while, in the middle of something. Whoever writes to the volume meets no error, nobody else waits,
# and when the disk is back there is no difference.
# batch: 1
# full: while_tracked while_syncing hangs bad_sectors while_merging

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh
. /usr/lib/raidd-vm/files/legs.sh

# The volume's image dies, or the one that is tracked.
timeout_while_tracked=400
scenario_while_tracked() {
        local leg
        three_legs
        wait_sync vg0 data
        for leg in 0 2; do
                writer_start /dev/vg0/data --rate=200
                check "image $leg, tracked: split" raidctl split vg0/data
                dies $leg
                [ $leg = 2 ] || check "image $leg, tracked: is failed" retry 20 failed
                check "image $leg, tracked: the bus says that there is one" tracks
                check "image $leg, tracked: reads are answered" timeout 100 raidctl status vg0/data
                returns $leg
                all_is_well "image $leg, tracked"
        done
}

# The one that the merge copies to, or one that it copies from.
timeout_while_merging=400
scenario_while_merging() {
        local leg
        three_legs
        wait_sync vg0 data
        for leg in 2 0; do
                raidctl --quiet split vg0/data
                fill /dev/vg0/data 1$leg
                writer_start /dev/vg0/data --rate=200
                sysctl -q dev.raid.speed_limit_max=2000 dev.raid.speed_limit_min=2000
                raidctl --quiet merge vg0/data
                dies $leg
                check "image $leg, merging: is failed" retry 20 failed
                sysctl -q dev.raid.speed_limit_max=200000 dev.raid.speed_limit_min=1000
                check "image $leg, merging: nothing is tracked" expect_fail "" tracks
                wait_sync vg0 data || true
                returns $leg
                all_is_well "image $leg, merging"
        done
}

# Not in sync yet.
timeout_while_syncing=400
scenario_while_syncing() {
        sysctl -q dev.raid.speed_limit_max=2000 dev.raid.speed_limit_min=2000
        three_legs
        writer_start /dev/vg0/data --rate=200
        check "syncing: no split" expect_fail "not in sync" raidctl split vg0/data
        dies 1
        check "syncing: is failed" retry 20 failed
        sysctl -q dev.raid.speed_limit_max=200000 dev.raid.speed_limit_min=1000
        wait_sync vg0 data || true
        returns 1
        all_is_well syncing
}

# One that fails for a second in each three. What is tried meanwhile may fail, metadata that cannot be written included; it comes to an end, and
# so does the trouble.
timeout_flakey=500
scenario_flakey() {
        local command round code
        three_legs
        wait_sync vg0 data
        writer_start /dev/vg0/data --rate=100
        # What fails is named, and how things are then.
        replace_table leg1 "${linear[1]/linear/flakey} 0 3600 1 error_writes"
        check "no writes: what failed" expect_fail "meta.write.*Input/output error.*is as it was before" raidctl sync-rate vg0/data --max=50M
        replace_table leg1 "${linear[1]/linear/flakey} 2 1"
        for round in 1 2 3; do
                for command in 'split vg0/data' 'merge vg0/data' 'refresh vg0/data'; do
                        code=0
                        timeout 120 raidctl --quiet $command >>$vm_tmp/flakey 2>&1 || code=$?
                        check "flakey, $round: $command ends ($code)" test $code -lt 120
                done
                check "flakey, $round: nothing is suspended" nothing_suspended
                check "flakey, $round: the bus answers" timeout 100 raidctl list
        done
        returns 1
        check "flakey: recovered" retry 20 raidctl activate vg0
        all_is_well flakey
}

# Sectors that cannot be read, on a disk that is fine otherwise.
timeout_bad_sectors=400
scenario_bad_sectors() {
        local code=0 dev opts=/sys/bus/pseudo/drivers/scsi_debug/opts
        modprobe scsi_debug dev_size_mb=96 medium_error_start=20480 medium_error_count=8 || { skip "bad sectors" "no scsi_debug in this kernel"; return; }
        udevadm settle
        dev=/dev/$(ls /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block)
        raidctl vg-create vg0 "$dev" "$(disk d2)" "$(disk d3)"
        raidctl create vg0/data --size=32M --images=3
        wait_sync vg0 data
        is "the first image is on it" "$(raidctl show vg0/data_rimage_0 --json=short | jq -r '.object.Devices[0]')" "$dev(1)"
        writer_start /dev/vg0/data --rate=100
        echo 2 >$opts
        raidctl --quiet split vg0/data --image=0
        check "the image of a bad disk cannot be read" expect_fail "Input/output|No data" dd if=/dev/vg0/data_rimage_0 of=/dev/null bs=64k iflag=direct
        check "merged all the same" raidctl merge vg0/data --wait
        check "the volume can be read" dd if=/dev/vg0/data of=/dev/null bs=64k iflag=direct
        # md may be at it with the image that failed meanwhile; that it comes to an end is what counts.
        timeout 200 raidctl scrub vg0/data --wait >$vm_tmp/scrub 2>&1 || code=$?
        check "a comparison ends ($code, $(tail -n 1 $vm_tmp/scrub))" test $code -lt 124
        check "reads are answered" timeout 100 raidctl status vg0/data
        echo "# health: $(health vg0 data)"
        echo 0 >$opts
        all_is_well "bad sectors"
        raidctl --quiet deactivate vg0
        retry 20 rmmod scsi_debug
}

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
