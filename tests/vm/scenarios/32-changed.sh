# SPDX-License-Identifier: LGPL-2.1-or-later
# The regions that have changed since the split: exactly those, live, and enough to bring a copy up to date.
# batch: 7

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh
. /usr/lib/raidd-vm/files/legs.sh

mib=1048576

regions() { raidctl changed vg0/data --regions --no-legend | awk -v m=$mib '{ printf "%s%g+%g", (NR > 1 ? " " : ""), $1 / m, $2 / m }'; }
# write_at MIB...: one block in the middle of that MiB
write_at() { local at; for at in "$@"; do dd if=/dev/urandom of=/dev/vg0/data bs=4k count=1 seek=$((at * 256 + 100)) oflag=direct status=none; done; }
# The kernel clears the bits of what is written everywhere when it has time, or when the array is stopped.
bits_clear() { raidctl deactivate vg0/data; raidctl activate vg0/data; [ -z "$(dirty_regions vg0 data 0)" ]; }

# Regions of 2 MiB.
scenario_exactly_those() {
        fresh 3 64M
        bits_clear
        raidctl split vg0/data
        is "none at first" "$(regions)" ""
        write_at 5
        is "the region of a block" "$(regions)" "4+2"
        write_at 6 63 5
        is "neighbours are one, the last is there" "$(regions)" "4+4 62+2"
        is "the sum is GetChangedBytes" "$(raidctl changed vg0/data --json=short | jq .changed.changed_bytes)" $((6 * mib))
        is "by the image's name" "$(raidctl changed vg0/data_rimage_2 --regions --no-legend | wc -l)" 2
        raidctl deactivate vg0/data_rimage_2
        is "also when the image is inactive" "$(regions)" "4+4 62+2"
        raidctl activate vg0/data_rimage_2
        systemctl restart raidd.service
        write_at 20
        is "and after a restart of the daemon" "$(regions)" "4+4 20+2 62+2"
        raidctl merge vg0/data --wait
        expect_fail "No image of it is tracked" raidctl changed vg0/data --regions
        check "no difference" checked vg0 data
}

# A size that is no multiple of the region's.
scenario_last_region() {
        r_vg vg0 d1 d2
        raidctl create vg0/data --size=20M --images=2 --region-size=8M
        wait_sync vg0 data
        bits_clear
        raidctl split vg0/data --allow-degraded
        write_at 19
        is "the last one ends with the volume" "$(regions)" "16+4"
        raidctl merge vg0/data --wait
}

# A copy on another disk, brought up to date from the changed regions alone, again and again, with and without a merge between.
scenario_incremental_copy() {
        local copy round n size=$((64 * mib))
        fresh 3 64M
        copy=$(disk d5)
        dd if=/dev/urandom of=/dev/vg0/data bs=1M count=64 oflag=direct status=none
        raidctl split vg0/data
        dd if=/dev/vg0/data_rimage_2 of="$copy" bs=1M conv=fsync status=none
        check "the first copy is the image" cmp -n $size /dev/vg0/data_rimage_2 "$copy"
        for round in 1 2; do
                writer_start /dev/vg0/data --rate=50 --offset=$((round * 8 * mib)) --size=$((12 * mib))
                sleep 2
                writer_stop
                n=$("$files/incremental-copy.py" vg0/data "$copy")
                sync
                check "round $round: read $((n / mib)) of 64 MiB, byte for byte the volume" cmp -n $size /dev/vg0/data "$copy"
                check "round $round: and less than all" test "$n" -lt $size
                [ $((round % 2)) = 1 ] || { raidctl merge vg0/data --wait; raidctl split vg0/data --image=$((round / 2 % 3)); }
        done
        raidctl merge vg0/data --wait
        check "no difference" checked vg0 data
}

# The log of an image that failed ends there, although it can be read again, and although it is the first.
scenario_image_fails() {
        three_legs
        wait_sync vg0 data
        bits_clear
        raidctl split vg0/data
        write_at 5
        is "before" "$(regions)" "4+2"
        dies 0
        write_at 20
        check "image 0 has failed" retry 20 failed
        is "the disk is away" "$(regions)" "4+2 20+2"
        returns 0
        write_at 27
        is "the disk can be read again" "$(regions)" "4+2 20+2 26+2"
        check "refresh" retry 20 raidctl refresh vg0/data
        check "in sync again" retry 60 is_healthy
        is "image 0 is back" "$(regions)" "4+2 20+2 26+2"
        raidctl merge vg0/data --wait
        check "no difference" checked vg0 data
}
is_healthy() { ! failed; }

run_scenarios "$@"
