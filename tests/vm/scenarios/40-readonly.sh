# SPDX-License-Identifier: LGPL-2.1-or-later
# Nobody writes to a tracked image; and if somebody does all the same, the merge knows.
# full: written_image_after_deactivation
# batch: 7

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

image=/dev/vg0/data_rimage_2

cannot_be_written() {
        [ "$(blockdev --getro $image)" = 1 ] || { echo "$image: blockdev --getro says 0"; return 1; }
        expect_fail '.' dd if=/dev/urandom of=$image bs=4k count=1 oflag=direct conv=notrunc || return 1
        expect_fail '.' dd if=/dev/urandom of=$image bs=4k count=1 conv=notrunc,fsync
}

scenario_image_of_raidd() { # after-reboot
        if [ -z "$1" ]; then
                fresh 3 32M
                raidctl split vg0/data
                check "after the split" cannot_be_written
                vgchange -ay vg0
                check "after vgchange -ay" cannot_be_written
                lvchange -ay vg0/data_rimage_2
                check "after lvchange -ay" cannot_be_written
                lvchange --refresh vg0/data
                check "after lvchange --refresh" cannot_be_written
                vgchange -an vg0
                vgchange -ay vg0
                check "after off and on by lvm2" cannot_be_written
                systemctl restart raidd.service
                check "after a restart of raidd" cannot_be_written
                systemctl stop raidd.service
                lvchange -an vg0/data_rimage_2
                lvchange -ay vg0/data_rimage_2
                check "also without the daemon" cannot_be_written
                vm_reboot after-reboot
        fi
        wait_sync vg0 data
        check "after a reboot" cannot_be_written
        check "merge" raidctl merge vg0/data
        check "agrees" vg_agrees vg0
        wait_sync vg0 data
        is "writable again inside the array" "$(blockdev --getro /dev/mapper/vg0-data_rimage_2)" 0
        writer_start /dev/vg0/data
        sleep 1
        writer_stop
        check "no difference" checked vg0 data
        check "nothing tried to write to a read-only device" is_empty "$(dmesg | grep 'write to read-only block-device')"
}

scenario_image_of_lvm2() {
        mk_vg vg0 d1 d2 d3
        mk_raid1 vg0 data 32M 3
        lvconvert -q -q -y --splitmirrors 1 --trackchanges vg0/data
        check "the udev rule has made it read-only" cannot_be_written
        vgchange -ay vg0
        check "after vgchange -ay" cannot_be_written
        lvconvert -q -q -y --merge vg0/data_rimage_2
        wait_sync vg0 data
        check "no difference" checked vg0 data
}

# written HOW: somebody makes the image writable and writes where the volume was not written
written_image() {
        blockdev --setrw $image
        dd if=/dev/urandom of=$image bs=4k count=16 seek=1000 oflag=direct conv=notrunc,fsync status=none
}

scenario_written_image_is_rebuilt() {
        local before after out
        fresh 3 64M
        raidctl split vg0/data
        written_image
        udevadm trigger --settle -c change $image
        before=$(sectors_written vg0 data_rimage_2)
        out=$(raidctl merge vg0/data --wait 2>&1)
        echo "$out"
        check "the reply says so" grep -Eq 'WARNING: .*all of it is copied again' <<<"$out"
        wait_sync vg0 data
        after=$(sectors_written vg0 data_rimage_2)
        [ "$after" -ge "$before" ] || before=0
        check "all of it was written again ($((after - before)) sectors)" test $((after - before)) -ge $((64 * 2048))
        check "no difference" checked vg0 data
}

scenario_written_image_after_restart() {
        fresh 3 32M
        raidctl split vg0/data
        written_image
        systemctl restart raidd.service
        raidctl activate vg0
        vgchange -ay vg0
        raidctl merge vg0/data --wait
        check "no difference" checked vg0 data
}

# The node that was written to is gone, and with it the kernel's counter; that it was written is still known.
scenario_written_image_after_deactivation() {
        local out
        fresh 3 32M
        raidctl split vg0/data
        written_image
        raidctl deactivate vg0/data_rimage_2
        out=$(raidctl merge vg0/data --wait 2>&1)
        check "the reply says so" grep -Eq 'WARNING: .*all of it is copied again' <<<"$out"
        check "no difference" checked vg0 data
}

note() { echo "/etc/lvm/raidd-written.$(dmsetup info -c --noheadings -o uuid vg0-data_rimage_2)"; }
merges_whole() { # WHAT
        local out
        check "$1: it is noted" test -e "$(note)"
        out=$(raidctl merge vg0/data --wait 2>&1)
        check "$1: the reply says so" grep -Eq 'WARNING: .*all of it is copied again' <<<"$out"
        check "$1: no difference" checked vg0 data
}

# Neither the kernel's counter nor what lies in /run outlives a boot. The volume itself is not written, so by the bitmap nothing would be copied.
scenario_written_image_after_boot() { # reboot, then power-cut, then again
        case ${1:-} in
        '')
                fresh 3 32M
                raidctl split vg0/data
                written_image
                vm_reboot power-cut
                ;;
        power-cut)
                wait_sync vg0 data
                merges_whole reboot
                raidctl split vg0/data
                is "power cut: it is another split" "$(raidctl merge vg0/data --dry-run | grep -c "all of it is copied")" 0
                check "power cut: and the note is gone" test ! -e "$(note)"
                written_image
                udevadm trigger --settle -c change $image
                vm_reset again
                ;;
        again)
                wait_sync vg0 data
                merges_whole "power cut"
                ;;
        esac
}

# The node was away in between, and came back without raidd's rule: nobody knows what was done to it.
scenario_unknown_counts_as_written() {
        fresh 3 32M
        raidctl split vg0/data
        rm -f /run/raidd/guard/*
        raidctl merge vg0/data --wait
        check "no difference" checked vg0 data
}

run_scenarios "$@"
