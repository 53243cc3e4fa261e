# SPDX-License-Identifier: LGPL-2.1-or-later
# md believes a bitmap only if its header has as many events as the superblock, and else recovers nothing, although it says "forcing full
# recovery". A table that is swapped under a writer leaves such a header behind. The merge must not happen by it.
# full: swapped_by_lvm2
# batch: 3

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# Whoever exchanges the table while the image is out: raidd, or lvm2.
by_raidd() { raidctl refresh vg0/data; }
by_lvm2() { lvchange -qq -y --maxrecoveryrate "$((RANDOM + 5000))k" vg0/data; }

# behind: the header of the bitmap has fewer events than the superblock beside it
behind() {
        local sb header
        read -r sb header < <(dd if="$(rmeta vg0 data 0)" bs=4096 count=2 iflag=direct status=none | od -An -v -t u8 -w8 | sed -n '3p;516p' | xargs)
        echo "superblock $sb, bitmap $header"
        [ "$header" -lt "$sb" ]
}

# swapped HOW: split, exchange the table, write, and merge while that goes on
swapped() {
        fresh 2 32M
        raidctl --quiet split vg0/data --allow-degraded
        sleep 1
        $1
        sleep 1
        $vm_lib/writer --once /dev/vg0/data & # 4 KiB at a time: it goes on for a while
        check "$1: the bitmap is ${2:-believed}" "${2:-believed}"
        check "$1: merge" raidctl --quiet merge vg0/data
        wait
        check "$1: in sync" wait_sync vg0 data
        check "$1: no difference" checked vg0 data
        check "$1: agrees" vg_agrees vg0 3
}
believed() { sleep 0.5; ! behind; }
not_believed() { retry 2 behind; }

scenario_swapped_by_raidd() { swapped by_raidd; }
scenario_swapped_by_lvm2() { swapped by_lvm2 not_believed; }

# returned: the image is one of the array again by the metadata, and the kernel has not heard of it: what a power cut leaves behind the
# commit of a merge. Written since the split.
returned() {
        fresh 2 32M
        fill /dev/vg0/data 1
        vgcfgbackup -qq -f /run/raidd-test.cfg vg0
        raidctl --quiet split vg0/data --allow-degraded
        fill /dev/vg0/data 2 --size=8M
        raidctl --quiet deactivate vg0
        vgcfgrestore -qq -f /run/raidd-test.cfg vg0
}

# age_bitmap: the header on the image that stayed has an event less than it had
age_bitmap() {
        local device extent at events
        IFS='() ' read -r device extent < <(lvs -a --noheadings -o devices vg0/data_rmeta_0 | xargs)
        at=$((1024 * 1024 + extent * 4 * 1024 * 1024 + 4096))
        events=$(dd if="$device" bs=4096 skip=$((at / 4096)) count=1 iflag=direct status=none | od -An -t u8 -j 24 -N 8 | xargs)
        dd if="$device" of=/run/raidd-test.bitmap bs=4096 skip=$((at / 4096)) count=1 iflag=direct status=none
        printf "\\x$(printf %02x $(((events - 1) & 255)))" | dd of=/run/raidd-test.bitmap bs=1 seek=24 conv=notrunc status=none
        dd if=/run/raidd-test.bitmap of="$device" bs=4096 seek=$((at / 4096)) count=1 oflag=direct conv=notrunc status=none
}
copied_whole() { journalctl -q -u raidd-helper.service --since "-2min" | grep -q 'all of the image is copied'; }

scenario_activated_after_a_power_cut() {
        returned
        raidctl --quiet activate vg0/data
        check "a bitmap that md believes: in sync" wait_sync vg0 data
        check "by its bitmap" expect_fail "" copied_whole
        check "no difference" checked vg0 data
}

scenario_activated_with_an_old_bitmap() {
        returned
        age_bitmap
        raidctl --quiet activate vg0/data
        check "a bitmap that md does not believe: all of it is copied" copied_whole
        check "in sync" wait_sync vg0 data
        check "no difference" checked vg0 data
}

# What is being written when the power goes may be on one image only, and dm-raid does not look for it.
repaired_at_boot() { journalctl -q -b -u raidd-boot.service | grep -q 'written when the machine went down'; }
repairs() { raid_status vg0 data | grep -q ' repair '; }
timeout_power_cut=600
scenario_power_cut() { # STATE
        local device extent
        case $1 in
        '')
                fresh 2 32M
                writer_start /dev/vg0/data --size=65536
                retry 5 eval '[ "$(dirty_regions vg0 data 0)" = 0 ]'
                IFS='() ' read -r device extent < <(lvs -a --noheadings -o devices vg0/data_rimage_1 | xargs)
                dd if=/dev/urandom of="$device" bs=4096 count=1 seek=$((256 + extent * 1024 + 32)) oflag=direct conv=notrunc status=none
                printf 'dev.raid.speed_limit_%s = 300\n' min max >/etc/sysctl.d/slow.conf
                echo md_mod >/etc/modules-load.d/slow.conf # or there is no such limit yet when it is set
                sync
                vm_reset cut
                ;;
        cut)
                check "after a power cut the images are compared" repaired_at_boot
                check "which takes a while" repairs
                vm_reboot unfinished
                ;;
        unfinished)
                rm /etc/sysctl.d/slow.conf /etc/modules-load.d/slow.conf
                sysctl -q dev.raid.speed_limit_max=200000
                check "it goes on after an orderly shutdown" repaired_at_boot
                check "in sync" wait_sync vg0 data
                check "no difference" checked vg0 data
                writer_start /dev/vg0/data --size=65536
                raidctl --quiet split vg0/data --allow-degraded
                retry 5 eval '[ "$(dirty_regions vg0 data 0)" = 0 ]'
                vm_reboot stopped
                ;;
        stopped)
                check "after an orderly shutdown they are not" expect_fail "" repaired_at_boot
                check "merge" raidctl --quiet merge vg0/data
                check "in sync" wait_sync vg0 data
                check "no difference" checked vg0 data
                ;;
        esac
}

run_scenarios "$@"
