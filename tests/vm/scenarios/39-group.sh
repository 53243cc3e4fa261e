# SPDX-License-Identifier: LGPL-2.1-or-later
# A volume group gets more devices and fewer, and another name; a device that fails is replaced. lvm2 agrees after each.
# batch: 6
# full: superblock_comes_late rename

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

is_lvm_free() { local n; n=$(pvs --noheadings -o vg_name "$(disk "$1")" | xargs); [ -z "$n" ] || { echo "$1 is in $n"; return 1; }; }

scenario_devices() {
        fresh 2 16M
        check "more" raidctl vg-extend vg0 "$(disk d4)" "$(disk d5)"
        check "more: agrees" vg_agrees vg0
        is "five devices" "$(vgs --noheadings -o pv_count vg0 | xargs)" 5
        check "not twice" expect_fail "another volume group|volume group vg0" raidctl vg-extend vg0 "$(disk d4)"
        mkfs.ext4 -q "$(disk d6)"
        check "not one that has something on it" expect_fail "\(ext4\).*--wipe" raidctl vg-extend vg0 "$(disk d6)"
        wipefs -qa "$(disk d6)"
        check "not one that carries something" expect_fail "carries a part of vg0/data" raidctl vg-reduce vg0 "$(disk d1)"
        check "fewer" raidctl vg-reduce vg0 "$(disk d5)"
        check "fewer: agrees" vg_agrees vg0
        check "it is free" is_lvm_free d5
        check "for lvm2 as well" vgextend -qq vg0 "$(disk d5)"
        check "as lvm2 left it" raidctl vg-reduce vg0 "$(disk d5)" "$(disk d3)"
        check "and for another group" raidctl vg-create vg1 "$(disk d5)"
        check "lvm2 removes one of those" vgreduce -qq vg0 "$(disk d4)"
        check "agrees in the end" vg_agrees vg0 3
        check "the others too" vg_agrees vg1 3
}

scenario_rename() {
        fresh 3 16M
        writer_start /dev/vg0/data --rate=200
        check "rename" raidctl vg-rename vg0 vg-new
        check "the link" test -b /dev/vg-new/data
        check "not the old one" test ! -e /dev/vg0
        check "agrees" vg_agrees vg-new
        check "no backup of the old name" test ! -e /etc/lvm/backup/vg0
        raidctl vg-create vg1 "$(disk d5)"
        check "taken" expect_fail "is a volume group vg1 already" raidctl vg-rename vg-new vg1
        check "by lvm2" vgrename -qq vg-new vg2
        check "known" retry 5 raidctl show vg2/data
        raidctl split vg2/data
        check "not while an image is tracked" expect_fail "cannot be renamed while" raidctl vg-rename vg2 vg0
        raidctl merge vg2/data --wait
        check "back" raidctl vg-rename vg2 vg0
        if writer_stop; then ok "the writer met no error"; else fail "the writer met no error"; fi
        check "no difference" checked vg0 data
        check "agrees in the end" vg_agrees vg0
}

degraded() { [ "$(property vg0/data Volume Health)" = degraded ]; }
images() { property vg0/data Volume ImageCount; }

# A disk is pulled out under a writer; its image is replaced on another one, the disk released; and what it had is no danger when it is back.
scenario_failed_disk() {
        r_vg vg0 d1 d2 d3 d4
        r_raid1 vg0 data 32M 2
        fill /dev/vg0/data 1
        writer_start /dev/vg0/data --rate=200
        disk_unplug d2
        fill /dev/vg0/data 2 || true
        check "raidd notices" retry 20 degraded
        check "status says so" sh -c 'raidctl status vg0/data | grep -q degraded'
        check "other changes wait" expect_fail missing raidctl resize vg0/data --size=+4M
        check "the image is replaced" raidctl replace-image vg0/data_rimage_1 --wait
        check "two images again" retry 60 test_images 2
        check "in sync" wait_sync vg0 data
        check "lvm2 is content but for the disk" sh -c 'vgck vg0 2>&1 | grep -v -i "missing\|not found\|Couldn" | (! grep .)'
        if writer_stop; then ok "the writer met no error"; else fail "the writer met no error"; fi
        check "no difference" checked vg0 data
        fill /dev/vg0/data 3
        missing=$(raidctl list -j | jq -r '.objects[] | select(.kind == "PhysicalVolume" and .Missing) .Uuid')
        check "what is gone is released" raidctl vg-reduce vg0 "$missing"
        check "agrees" vg_agrees vg0 3
        disk_plug d2
        check "the data is still what it was" bash -c 'cmp -n 33554432 /dev/vg0/data <(tr "\0" "\063" </dev/zero)'
        check "nothing of the old disk is used" sh -c '! lvs -a --noheadings -o devices vg0 2>/dev/null | grep -q unknown'
}
test_images() { [ "$(images)" = "$1" ]; }

# A disk is gone for good while an image is tracked, that of the image or another: nothing else is allowed until there is no tracked image, so there
# has to be a way to that.
scenario_disk_lost_while_tracked() {
        r_vg vg0 d1 d2 d3 d4
        r_raid1 vg0 data 32M 3
        writer_start /dev/vg0/data --rate=200
        raidctl split vg0/data
        disk_unplug d3
        check "raidd notices" retry 20 eval '[ "$(property vg0/data_rimage_2 RaidImage State)" = missing ]'
        check "nothing to merge" expect_fail "raidctl remove-image vg0/data_rimage_2" raidctl merge vg0/data
        check "status tells the way out" sh -c "raidctl status vg0/data | grep -q \"'raidctl remove-image vg0/data_rimage_2'\""
        check "the image is given up" raidctl --yes remove-image vg0/data_rimage_2
        is "two images" "$(images)" 2
        check "nothing is tracked" test "$(property vg0/data Volume TrackedImage)" = /
        disk_plug d3
        check "its disk is back, and taken again" retry 20 raidctl add-image vg0/data --wait
        check "in sync" wait_sync vg0 data
        check "agrees" vg_agrees vg0 3

        raidctl split vg0/data --image=1
        disk_unplug d1
        fill /dev/vg0/data 7 --size=4M || true
        check "another disk is lost" retry 20 eval '[ "$(property vg0/data_rimage_0 RaidImage State)" != in-sync ]'
        check "merge" raidctl merge vg0/data --wait
        is "all of it" "$(raidctl jobs --json=short | jq -r '.jobs[-1].Warnings | length')" 1
        check "the image is replaced" raidctl replace-image vg0/data_rimage_0 --wait
        check "three images again" retry 60 test_images 3
        check "in sync again" wait_sync vg0 data
        if writer_stop; then ok "the writer met no error"; else fail "the writer met no error"; fi
        check "no difference" checked vg0 data
        check "what is gone is released" raidctl vg-reduce vg0 "$(raidctl list -j | jq -r '.objects[] | select(.kind == "PhysicalVolume" and .Missing) .Uuid')"
        check "agrees in the end" vg_agrees vg0 3
        disk_plug d1
}

# The same disk comes back: the image on it is brought up to date.
scenario_disk_comes_back() {
        r_vg vg0 d1 d2 d3
        r_raid1 vg0 data 32M 3
        retry 20 eval '[ -z "$(dirty_regions vg0 data 0)" ]' # md takes bits away some seconds after the last write
        disk_unplug d2
        fill /dev/vg0/data 4 --size=4M || true
        check "degraded" retry 20 degraded
        disk_plug d2
        check "refresh" retry 20 raidctl refresh vg0/data
        check "in sync" wait_sync vg0 data
        check "only what was written has been copied" eval '[ "$(sectors_written "$(disk d2)")" -le $((5 << 11)) ]'
        check "no difference" checked vg0 data
        check "healthy" retry 10 is_healthy
        check "agrees" vg_agrees vg0 3
}
# The same where the superblocks are slow: md clears the mark of an image that it revives in all of them at once. Whoever loads a table
# meanwhile may read from one that there is no mark, and then from the image itself the old one that says "in sync".
scenario_superblock_comes_late() {
        local i
        for i in 0 1; do dmsetup create "slow$i" --table "$(slow_table $i)"; done
        raidctl vg-create vg0 /dev/mapper/slow0 /dev/mapper/slow1
        r_raid1 vg0 data 32M 2
        for i in 0 1; do first[i]=$(lvs -a --noheadings -o devices vg0/data_rmeta_$i | sed 's/.*(\(.*\))/\1/'); done
        replace_table slow1 "0 $(blockdev --getsz /dev/mapper/slow1) error"
        fill /dev/vg0/data 5
        check "late: degraded" retry 20 degraded
        replace_table slow0 "$(slow_table 0 $((2048 + first[0] * 8192)) 1300 0)"
        replace_table slow1 "$(slow_table 1 $((2048 + first[1] * 8192)) 0 1000)"
        check "late: refresh" retry 20 raidctl refresh vg0/data
        for i in 0 1; do replace_table "slow$i" "$(slow_table $i)"; done
        check "late: in sync" wait_sync vg0 data
        check "late: no difference" checked vg0 data
        raidctl --quiet deactivate vg0
        dmsetup remove slow0 slow1
}
# slow_table I [SECTOR READ WRITE]: the disk but for its first MiB, so that its label is not on two devices; the 4 KiB at SECTOR are read and
# written with a delay, in ms
slow_table() {
        local dev size
        dev=$(disk "d$(($1 + 1))")
        size=$(($(blockdev --getsz "$dev") - 2048))
        [ $# -gt 1 ] || { echo "0 $size linear $dev 2048"; return; }
        echo "0 $2 linear $dev 2048"
        echo "$2 8 delay $dev $((2048 + $2)) $3 $dev $((2048 + $2)) $4"
        echo "$(($2 + 8)) $((size - $2 - 8)) linear $dev $((2048 + $2 + 8))"
}
is_healthy() { [ "$(property vg0/data Volume Health)" = healthy ]; }

run_scenarios "$@"
