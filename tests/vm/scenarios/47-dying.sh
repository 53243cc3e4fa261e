# SPDX-License-Identifier: LGPL-2.1-or-later
# A disk dies, or does not answer for a while, in the middle of something. Whoever writes to the volume meets no error, nobody else waits,
# and when the disk is back there is no difference.
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
dies() { replace_table "leg$1" "0 $(blockdev --getsz "/dev/mapper/leg$1") error"; }
returns() { replace_table "leg$1" "${linear[$1]}"; }
failed() { [[ $(health vg0 data) == *D* ]]; }
tracks() { [ "$(property vg0/data Volume TrackedImage)" != / ]; }

three_legs() {
        legs 3
        raidctl vg-create vg0 /dev/mapper/leg0 /dev/mapper/leg1 /dev/mapper/leg2
        raidctl create vg0/data --size=32M --images=3
}
# Whatever has happened: with the disk back, the ways out that the documentation names lead to three equal images.
all_is_well() { # WHAT LEG
        returns "$2"
        if tracks; then check "$1: the merge" retry 10 raidctl merge vg0/data; fi
        wait_sync vg0 data 60 || true
        ! failed || check "$1: refresh" retry 20 raidctl refresh vg0/data
        check "$1: in sync" wait_sync vg0 data
        is "$1: health" "$(health vg0 data)" AAA
        if writer_stop; then ok "$1: the writer met no error"; else fail "$1: the writer met no error"; fi
        check "$1: no difference" checked vg0 data
        check "$1: agrees" vg_agrees vg0 3
}

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
                all_is_well "image $leg, tracked" $leg
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
                all_is_well "image $leg, merging" $leg
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
        all_is_well syncing 1
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
