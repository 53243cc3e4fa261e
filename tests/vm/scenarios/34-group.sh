# SPDX-License-Identifier: LGPL-2.1-or-later
# Images of several volumes, taken at one instant.
# batch: 6
# full: filesystems two_splits_are_no_instant

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

two_volumes() {
        fresh 3 32M
        r_raid1 vg0 log 32M "${1:-3}"
}

# at_one_instant: what pairs.py finds in the two images
at_one_instant() {
        local a b
        read -r a b < <("$files/pairs.py" read /dev/vg0/data_rimage_2 "/dev/vg0/log_rimage_${1:-2}")
        echo "# $a and $b"
        [ "$a" -gt 0 ] && [ $((a - b)) -ge 0 ] && [ $((a - b)) -le 1 ]
}

# One writer has every number on the first volume before it is on the second: an image of the second that is older or newer than
# that of the first by more than one write would show.
scenario_one_instant() {
        local round pid
        two_volumes
        for round in 1 2; do
                "$files/pairs.py" write /dev/vg0/data /dev/vg0/log &
                pid=$!
                sleep 1.$round
                check "round $round: split" raidctl split vg0/data vg0/log
                check "round $round: the same instant" at_one_instant
                kill -0 $pid
                kill $pid
                wait $pid
                check "round $round: both are read-only" sh -c '[ "$(blockdev --getro /dev/vg0/data_rimage_2)" = 1 ] && [ "$(blockdev --getro /dev/vg0/log_rimage_2)" = 1 ]'
                check "round $round: agrees" vg_agrees vg0
                raidctl merge vg0/data --wait
                raidctl merge vg0/log --wait
        done
        check "no difference" checked vg0 data
        check "no difference in the other" checked vg0 log
}

# The test can fail: two splits after each other are no instant.
scenario_two_splits_are_no_instant() {
        local pid
        two_volumes
        "$files/pairs.py" write /dev/vg0/data /dev/vg0/log &
        pid=$!
        sleep 1
        raidctl split vg0/data
        raidctl split vg0/log
        check "is seen" expect_fail . at_one_instant
        kill $pid
        wait $pid
}

# Filesystems on both, and one on top of crypt; all are clean.
scenario_filesystems() {
        two_volumes
        r_raid1 vg0 third 32M 3
        modprobe dm-crypt
        echo -n secret | cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/vg0/third -
        echo -n secret | cryptsetup open /dev/vg0/third plain -
        mkfs.ext4 -q /dev/vg0/data
        mkfs.ext4 -q /dev/vg0/log
        mkfs.ext4 -q /dev/mapper/plain
        mkdir -p /mnt/{a,b,c}
        mount /dev/vg0/data /mnt/a
        mount /dev/vg0/log /mnt/b
        mount /dev/mapper/plain /mnt/c
        for d in a b c; do cp -r /etc/lvm /mnt/$d/; done
        check "split of three" raidctl split vg0/data vg0/log vg0/third
        check "nothing stays frozen" timeout 10 touch /mnt/a/x /mnt/b/x /mnt/c/x
        check "clean" sh -c 'e2fsck -fn /dev/vg0/data_rimage_2 && e2fsck -fn /dev/vg0/log_rimage_2'
        echo -n secret | cryptsetup open --readonly /dev/vg0/third_rimage_2 image -
        check "clean behind crypt" e2fsck -fn /dev/mapper/image
        cryptsetup close image
        check "no list of frozen filesystems is left" sh -c '[ -z "$(ls /run/raidd/frozen 2>/dev/null)" ]'
        for d in a b c; do umount /mnt/$d; done
        for d in data log third; do raidctl merge vg0/$d --wait; done
        cryptsetup close plain
        check "agrees" vg_agrees vg0
}

# If one is refused, none is split.
scenario_all_or_none() {
        local before
        two_volumes 2
        raidctl create vg0/plain --size=4M
        before=$(vg_state)
        check "one would lose redundancy" expect_fail "vg0/log.*--allow-degraded" raidctl split vg0/data vg0/log
        check "one is no mirror" expect_fail "vg0/plain is not a raid1 volume" raidctl split vg0/data vg0/plain
        check "twice the same" expect_fail "named twice" raidctl split vg0/data vg0/data
        is "nothing has changed" "$(vg_state)" "$before"
        check "with the word" raidctl split vg0/data vg0/log --allow-degraded
        check "agrees" vg_agrees vg0
        check "tracking already" expect_fail "already tracks" raidctl split vg0/log vg0/data --allow-degraded
        # Either can be merged by lvm2.
        check "lvm2 merges one" lvconvert -y --merge vg0/log_rimage_1
        raidctl merge vg0/data --wait
        wait_sync vg0 log
        check "no difference" checked vg0 data
        check "no difference in the other" checked vg0 log
}

run_scenarios "$@"
