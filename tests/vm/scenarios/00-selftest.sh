# SPDX-License-Identifier: LGPL-2.1-or-later
# The harness itself, with lvm2 only: what the other scenarios rely on, and that the checks can fail.
# suite: full
# batch: 8
. /usr/lib/raidd-vm/lib.sh

scenario_kernel() {
        modprobe dm-raid
        dmsetup targets | grep -q '^raid '
        is 'blank disks' "$(all_disks | wc -l)" "$RAIDD_VM_DISKS"
        is 'no volume group' "$(vgs --noheadings)" ''
        is 'nothing failed at boot' "$(systemctl --failed --no-legend --plain)" ''
        is 'no sanitized build is loaded by accident' "${LD_PRELOAD:-}" ''
}

scenario_lvm2_split_and_merge() {
        mk_vg vg d1 d2 d3
        mk_raid1 vg lv 32M 3
        is 'all in sync' "$(health vg lv)" AAA
        lvconvert -q -q -y --splitmirrors 1 --trackchanges vg/lv
        fill /dev/vg/lv X --size=64K --offset=20M
        is 'the changed region is in the bitmap' "$(dirty_regions vg lv 0)" "$((20 * 1024 * 1024 / $(region_size vg lv 0)))"
        lvconvert -q -q -y --merge vg/lv_rimage_2
        wait_sync vg lv
        is 'no mismatch when idle' "$(md_check vg lv)" 0
        vg_ok vg
}

scenario_writer() {
        mk_vg vg d1 d2
        mk_raid1 vg lv 32M 2
        writer_start /dev/vg/lv
        writer_stall >/dev/null
        dmsetup suspend vg-lv
        sleep 1
        dmsetup resume vg-lv
        local stall
        stall=$(writer_stall)
        check "a stall of 1 s is seen ($stall µs)" test "$stall" -ge 900000
        writer_stop
        check "it wrote ($writer_writes blocks)" test "$writer_writes" -gt 10
        check 'and the array counts it' test "$(sectors_written vg lv)" -ge $((writer_writes * 8))
        is 'no mismatch under a writer' "$(md_check vg lv)" 0
}

# Positive control: the check that everything else relies on finds what it should find.
scenario_mismatch_is_found() {
        mk_vg vg d1 d2 d3
        mk_raid1 vg lv 32M 3
        is 'clean before' "$(md_check vg lv)" 0
        dd if=/dev/urandom bs=4k count=4 seek=16 oflag=direct conv=notrunc status=none of="$(dm_node vg lv_rimage_1)"
        check 'four blocks behind its back are found' test "$(md_check vg lv)" -ge 8
}

# Positive control: lvm2's merge under load leaves a stale image (docs: why not plain lvconvert), and we can see it.
scenario_hazard_is_seen() {
        mk_vg vg d1 d2 d3
        mk_raid1 vg lv 64M 3
        load_start /dev/vg/lv 64M
        lvconvert -q -q -y --splitmirrors 1 --trackchanges vg/lv
        sleep 2
        lvconvert -q -q -y --merge vg/lv_rimage_2
        sleep 1
        load_stop
        check "the merge of lvm2 leaves mismatches ($(md_check vg lv))" test "$(md_check vg lv)" -gt 0
}

scenario_filesystem_is_tidied_up() {
        mk_vg vg d1
        lvcreate -q -q -y -L 32M -n fs vg
        mkfs.ext4 -q /dev/vg/fs
        mkdir -p /mnt/fs
        mount /dev/vg/fs /mnt/fs
        echo hello >/mnt/fs/file
}

scenario_blank_after_that() {
        is 'not mounted' "$(findmnt /mnt/fs || true)" ''
        is 'no node' "$(dmsetup ls 2>&1)" 'No devices found'
        is 'no signature' "$(wipefs "$(disk d1)")" ''
}

scenario_unplug() {
        mk_vg vg d1 d2
        disk_unplug d2
        vgs vg 2>&1 | grep -q 'missing PV'
        disk_plug d2
        vgs -o pv_count --noheadings vg | grep -q 2
        vg_ok vg
}

scenario_reboot() {
        case $1 in
        '')
                mk_vg vg d1 d2
                mk_raid1 vg lv 32M 2
                fill /dev/vg/lv R --size=64K
                touch /var/tmp/on-the-root-disk
                vm_reboot again
                ;;
        again)
                retry 30 test -e /dev/vg/lv
                is 'data disks keep data over a reboot' "$(head -c 4 /dev/vg/lv)" RRRR
                check 'so does the root disk' rm /var/tmp/on-the-root-disk
                vm_reset 'and again'
                ;;
        'and again')
                retry 30 test -e /dev/vg/lv
                is 'data disks keep data over a reset' "$(head -c 4 /dev/vg/lv)" RRRR
                ;;
        esac
}

scenario_after_the_reboots() {
        is 'no volume group' "$(vgs --noheadings)" ''
}

run_scenarios "$@"
