# SPDX-License-Identifier: LGPL-2.1-or-later
# A difference between images is found and repaired, and monitoring hears of it.
# batch: 6

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

mismatches() { raidctl show vg0/data | sed -n 's/^MismatchCount=//p'; }

# One block of image 1, changed behind everybody's back.
rot() {
        raidctl --quiet deactivate vg0/data
        local device extent
        IFS='()' read -r device extent < <(raidctl show vg0/data_rimage_1 --json=short | jq -r '.object.Devices[0]')
        dd if=/dev/urandom of="$device" bs=4k count=1 seek=$(((1024 * 1024 + extent * 4 * 1024 * 1024) / 4096 + 77)) oflag=direct conv=notrunc status=none
        raidctl --quiet activate vg0/data
}

scenario_rot_is_found_and_repaired() {
        fresh 3 32M
        dd if=/dev/urandom of=/dev/vg0/data bs=1M count=32 oflag=direct status=none
        check "nothing differs" raidctl scrub vg0/data --wait
        is "and is counted so" "$(mismatches)" 0
        check "monitoring: all is well" raidctl check vg0/data
        rot
        check "check" raidctl scrub vg0/data --wait
        is "lvm2 and raidd count the same" "$(mismatches)" "$(lvs --noheadings -o raid_mismatch_count vg0/data | xargs)"
        check "some sectors differ" test "$(mismatches)" -gt 0
        raidctl check vg0/data && r=0 || r=$?
        is "monitoring: a warning" "$r" 1
        check "repair" raidctl scrub vg0/data --repair --wait
        check "check again" raidctl scrub vg0/data --wait
        is "nothing differs any more" "$(mismatches)" 0
        check "no difference, says md" checked vg0 data
        check "agrees" vg_agrees vg0
}

# What lies before the place where a comparison was given up is compared by the next one, too.
scenario_after_a_cancel() {
        fresh 2 64M
        dd if=/dev/urandom of=/dev/vg0/data bs=1M count=64 oflag=direct status=none
        rot
        raidctl --quiet sync-rate vg0/data --max=8M
        raidctl --quiet scrub vg0/data
        retry 20 eval '[ "$(raid_status vg0 data | cut -d" " -f2 | cut -d/ -f1)" -gt 32768 ]'
        check "cancel" raidctl cancel vg0/data
        check "and again" raidctl scrub vg0/data --wait
        check "what is at the beginning is found" test "$(mismatches)" -gt 0
}

# One block of the tracked image, behind everybody's back, while the volume is written.
scenario_rot_of_the_tracked_image() {
        local device extent writer
        fresh 2 32M
        dd if=/dev/urandom of=/dev/vg0/data bs=1M count=32 oflag=direct status=none
        raidctl split vg0/data --allow-degraded
        dd if=/dev/urandom of=/dev/vg0/data bs=1M count=4 oflag=direct status=none
        check "the same but for what has changed" raidctl verify vg0/data
        IFS='()' read -r device extent < <(raidctl show vg0/data_rimage_1 --json=short | jq -r '.object.Devices[0]')
        dd if=/dev/urandom of="$device" bs=4k count=1 seek=$(((1024 * 1024 + extent * 4 * 1024 * 1024) / 4096 + 4096)) oflag=direct conv=notrunc status=none
        while :; do dd if=/dev/urandom of=/dev/vg0/data bs=64k count=32 oflag=direct conv=notrunc status=none; done &
        writer=$!
        raidctl verify vg0/data --json=short >/run/raidd-test.verify && r=0 || r=$?
        kill $writer
        is "the difference is found" "$r" 1
        is "where it is" "$(jq -c '.verify.different' /run/raidd-test.verify)" '[{"offset_bytes":16777216,"length_bytes":1048576}]'
        check "and the image is free again" raidctl merge vg0/data --wait
}

scenario_job() {
        fresh 2 64M
        sysctl -q dev.raid.speed_limit_max=3000
        raidctl scrub vg0/data
        check "a job" sh -c 'raidctl jobs >/run/raidd-test.jobs; grep -q "raid-check .*vg0/data .*running" /run/raidd-test.jobs'
        check "not twice" expect_fail "being resynced or checked" raidctl scrub vg0/data
        check "no split meanwhile" expect_fail "not in sync" raidctl split vg0/data --allow-degraded
        sysctl -q dev.raid.speed_limit_max=200000
        check "wait" raidctl wait vg0/data
        is "it is done" "$(raidctl jobs --no-legend | awk '$2 == "raid-check" { print $4 }')" finished
        check "split" raidctl split vg0/data --allow-degraded
        check "nothing to compare with" expect_fail "one image only" raidctl scrub vg0/data
        raidctl merge vg0/data --wait
        check "neither check nor repair" expect_fail InvalidArgs call "$(volume_path vg0/data)" Volume Scrub "'destroy'" '@a{sv} {}'
        raidctl create vg0/plain --size=4M
        check "no mirror" expect_fail "is not a raid1 volume" raidctl scrub vg0/plain
}

run_scenarios "$@"
