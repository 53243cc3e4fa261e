# SPDX-License-Identifier: LGPL-2.1-or-later
# lvm2 does the next step, and raidd the one after. After each of them lvm2 and the bus say the same.
# full: raid1_of_lvm2_with_odd_names what_lvm2_does_to_a_tracked_volume lvm2_splits_and_replaces
# batch: 1

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

timeout_split_by_raidd_merge_by_lvm2=600
timeout_split_by_lvm2_merge_by_raidd=600

lvm() { "$@" 2>&1 | grep -v '^ *WARNING: ' ; return "${PIPESTATUS[0]}"; }

scenario_split_by_raidd_merge_by_lvm2() {
        local slot
        fresh 3 48M
        for slot in ${INTEROP_SLOTS:-0 1 2}; do
                writer_start /dev/vg0/data
                check "image $slot: split" raidctl split vg0/data --image=$slot
                check "image $slot: agrees" vg_agrees vg0
                sleep 1
                check "image $slot: lvconvert --merge" lvm lvconvert -y --merge vg0/data_rimage_$slot
                check "image $slot: agrees after the merge" vg_agrees vg0 3
                sleep 1
                writer_stop
                check "image $slot: no difference" checked vg0 data
        done
}

scenario_split_by_lvm2_merge_by_raidd() {
        local slot
        mk_vg vg0 d1 d2 d3
        mk_raid1 vg0 data 48M 3
        check "made by lvm2" vg_agrees vg0 3
        for slot in ${INTEROP_SLOTS:-0 1 2}; do
                writer_start /dev/vg0/data
                check "image $slot: lvconvert --splitmirrors" \
                        lvm lvconvert -y --splitmirrors 1 --trackchanges vg0/data "$(disk d$((slot + 1)))"
                check "image $slot: agrees" vg_agrees vg0 3
                is "image $slot: raidd's rule makes it read-only" "$(blockdev --getro /dev/vg0/data_rimage_$slot)" 1
                sleep 1
                check "image $slot: merge" raidctl merge vg0/data
                check "image $slot: agrees after the merge" vg_agrees vg0
                sleep 1
                writer_stop
                check "image $slot: no difference" checked vg0 data
        done
}

# vg0/data with image 2 tracked, by "raidd" or "lvm2", and changed since
tracked_and_changed() {
        r_vg vg0 d1 d2 d3 d4
        r_raid1 vg0 data 32M 3
        sleep 1 # creation times are in seconds
        if [ "$1" = raidd ]; then
                raidctl --quiet split vg0/data
        else
                lvm lvconvert -qq -y --splitmirrors 1 --trackchanges vg0/data "$(disk d3)"
        fi
        dd if=/dev/urandom of=/dev/vg0/data bs=1M count=8 oflag=direct status=none
}
merges_all_of_it() { # WHAT
        dd if=/dev/urandom of=/dev/vg0/data bs=1M seek=20 count=4 oflag=direct conv=notrunc status=none
        check "$1: nobody writes to the image" expect_fail "" dd if=/dev/zero of=/dev/vg0/data_rimage_2 bs=4k count=1 oflag=direct
        check "$1: the merge" raidctl merge vg0/data --wait
        check "$1: in sync" wait_sync vg0 data
        check "$1: no difference" checked vg0 data
        check "$1: agrees" vg_agrees vg0 3
}
gone() { lvremove -qq -y vg0 && vgremove -qq vg0; }

# After this the superblocks prove everything, and the bitmap is empty: nothing would be copied of what was written before.
replaced_while_tracked_by() { # WHO
        tracked_and_changed "$1"
        check "lvm2 replaces image 0" lvm lvconvert -qq -y --replace "$(disk d1)" vg0/data "$(disk d4)"
        wait_sync vg0 data
        check "what has changed is not known" expect_fail "not known for certain" raidctl changed vg0/data
        check "all is copied" eval 'raidctl merge vg0/data --dry-run | grep "all of data_rimage_2 is copied"'
        merges_all_of_it "replaced"
}
scenario_lvm2_splits_and_replaces() { replaced_while_tracked_by lvm2; }
scenario_lvm2_replaces_another_image() {
        replaced_while_tracked_by raidd
        # The new image is not as old as the others; who splits now notes that it was there. md takes bits away some seconds after the last write.
        retry 20 eval '[ -z "$(dirty_regions vg0 data 0)" ]'
        raidctl --quiet split vg0/data
        dd if=/dev/urandom of=/dev/vg0/data bs=1M count=2 oflag=direct status=none
        check "noted: what has changed is known" raidctl changed vg0/data
        check "noted: only that is copied" eval 'raidctl merge vg0/data --dry-run | grep "2.00 MiB to copy"'
        merges_all_of_it noted
        is "noted: no longer" "$(lvs -a --noheadings -o tags vg0 | grep -c stayed)" 0
}

renames_the_group() { vgrename -qq vg0 vg1 && vg_agrees vg1 3 && vgrename -qq vg1 vg0; }
exports_and_imports() { vgchange -qq -an vg0 && vgexport -qq vg0 && expect_fail exported raidctl activate vg0/data && vgimport -qq vg0; }
splits_and_merges_the_group() { vgchange -qq -an vg0 && vgsplit -qq -n data vg0 vg1 && vg_agrees vg1 3 && vgmerge -qq vg0 vg1; }
timeout_what_lvm2_does_to_a_tracked_volume=1500
scenario_what_lvm2_does_to_a_tracked_volume() {
        local command
        for command in "lvconvert -y --regionsize 1M vg0/data" "lvconvert -y --repair vg0/data" "pvmove -i 1 -n data_rimage_2 $(disk d3) $(disk d4)" \
                       "lvchange --refresh vg0/data" "lvchange --syncaction check vg0/data" "lvchange -y --writemostly $(disk d1) vg0/data" \
                       "lvchange -pr vg0/data" "lvchange --addtag x vg0/data_rimage_2" "vgchange -an vg0" \
                       "lvchange --writebehind 64 vg0/data" "lvchange --maxrecoveryrate 8M vg0/data" "lvchange --setautoactivation n vg0/data" \
                       "lvchange --setautoactivation n vg0/data_rimage_2" "lvchange -ky vg0/data_rimage_2" "lvchange -r 64 vg0/data_rimage_2" \
                       renames_the_group exports_and_imports splits_and_merges_the_group; do
                tracked_and_changed raidd
                check "$command" lvm $command
                [[ $command != *-pr* ]] || lvchange -qq -prw vg0/data
                raidctl --quiet activate vg0
                wait_sync vg0 data
                merges_all_of_it "$command"
                gone
        done
        # This is lvm2's own end of it: it wipes all superblocks, and the kernel takes no array of which one image is missing.
        tracked_and_changed raidd
        check "--resync leaves it off" expect_fail "Failed to reactivate" lvm lvchange -y --resync vg0/data
        check "lvm2's merge makes it whole" lvm lvconvert -y --merge vg0/data_rimage_2
        check "and it goes on" raidctl activate vg0
        check "in sync" wait_sync vg0 data
        check "no difference" checked vg0 data
}

# lvm2 wipes all superblocks, and the kernel takes no array of which one image is missing. The way out is the merge of what is off; that must copy from
# the images that were written since, although the one that was tracked is the first.
scenario_lvm2_wipes_the_superblocks() {
        local sum
        fresh 3 32M
        raidctl --quiet split vg0/data --image=0
        dd if=/dev/urandom of=/dev/vg0/data bs=1M count=8 oflag=direct status=none
        sum=$(sha256sum </dev/vg0/data)
        check "--resync leaves it off" expect_fail "Failed to reactivate" lvm lvchange -y --resync vg0/data
        expect_fail "raidctl merge vg0/data" raidctl activate vg0/data
        check "the others of the group are no concern of that" raidctl create vg0/other --size=4M
        check "merge, off" raidctl merge vg0/data
        check "agrees, off" vg_agrees vg0
        check "activate" raidctl activate vg0/data
        is "the data is that of the images that stayed" "$(sha256sum </dev/vg0/data)" "$sum"
        check "in sync" wait_sync vg0 data
        is "and stays that" "$(sha256sum </dev/vg0/data)" "$sum"
        check "no difference" checked vg0 data
        check "agrees" vg_agrees vg0
        [[ $(lvs --noheadings -o lv_attr vg0/data) != *m ]] || fail "lvs finds differences" "$(lvs vg0)"
}

# The split of the tracked image that lvm2 itself refuses, and what lvm2 does with the result.
scenario_lvm2_goes_on_with_the_results() {
        fresh 3 48M
        raidctl split vg0/data --permanent --yes --name=one
        check "lvextend the split volume" lvm lvextend -L 64M vg0/one
        check "agrees" vg_agrees vg0 3
        check "lvconvert adds an image again" lvm lvconvert -y -m 2 vg0/data "$(disk d3)"
        wait_sync vg0 data
        check "agrees with three" vg_agrees vg0 3
        check "raidd splits the new one" raidctl split vg0/data
        check "agrees, tracked" vg_agrees vg0
        check "and makes it permanent" raidctl split vg0/data --permanent --yes --name=two
        check "lvrename" lvm lvrename vg0/two vg0/deux
        check "agrees, renamed" vg_agrees vg0 3
        check "lvremove" lvm lvremove -y vg0/deux
        check "agrees, removed" vg_agrees vg0 3
        check "lvconvert --splitmirrors" lvm lvconvert -y --splitmirrors 1 -n three vg0/data
        check "agrees, split by lvm2" vg_agrees vg0 3
        check "vgchange -an" lvm vgchange -an vg0
        check "agrees, off" vg_agrees vg0 3
        check "raidctl activate" raidctl activate vg0
        check "agrees, on" vg_agrees vg0
        check "raidctl vg-remove refuses or lvm2 removes" lvm vgremove -ff -y vg0
}

scenario_volumes_of_lvm2_that_raidd_does_not_know() {
        mk_vg vg0 d1 d2 d3 d4
        mk_raid1 vg0 data 48M 3
        lvm lvcreate -y -L 16M -T vg0/pool
        lvm lvcreate -y -V 64M -T vg0/pool -n thin
        lvm lvcreate -y --type raid5 -i 2 -L 16M -n r5 vg0
        lvm lvcreate -y -s -L 8M -n snap vg0/r5 || skip snapshot "lvm2 makes none of raid5 here"
        wait_sync vg0 data
        vgcfgbackup -f /run/before.cfg vg0
        check "vgck before" vg_ok vg0
        check "raidd splits" raidctl split vg0/data
        check "vgck" vg_ok vg0
        check "merges" raidctl merge vg0/data
        check "vgck again" vg_ok vg0
        vgcfgbackup -f /run/after.cfg vg0
        check "everything else is as it was" $files/same-config.py --but seqno /run/before.cfg /run/after.cfg
        check "lvm2 still changes them" lvm lvextend -y -L +4M vg0/thin
}

scenario_raid1_of_lvm2_with_odd_names() {
        mk_vg vg-with.odd+names d1 d2
        lvcreate -q -q -y -Wn --type raid1 -m 1 -L 16M -n data-1_x vg-with.odd+names
        wait_sync vg-with.odd+names data-1_x
        check "split" raidctl split vg-with.odd+names/data-1_x --allow-degraded
        check "agrees" vg_agrees vg-with.odd+names
        check "merge" raidctl merge vg-with.odd+names/data-1_x --wait
        check "agrees again" vg_agrees vg-with.odd+names
        is "no difference" "$(md_check vg-with.odd+names data-1_x)" 0
}

run_scenarios "$@"
