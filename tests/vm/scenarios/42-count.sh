# SPDX-License-Identifier: LGPL-2.1-or-later
# Two images of four leave at one instant and are a raid1 volume of their own, in sync from its first moment.
# batch: 7
# full: sixty_four under_a_writer nothing_is_lost_by_a_reboot

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# The third column is what failed: nothing. Positions are the new ones at once, so that a later failure is told by the right number.
numbered() { # LV IMAGES
        local i position events failed
        for ((i = 0; i < $2; i++)); do
                read -r position events failed < <(superblock vg0 "$1" $i)
                [ "$position" = $i ] && [ "$((failed))" = 0 ] || { echo "$1: image $i says $position $events $failed"; return 1; }
        done
}

in_sync() { # LV HEALTH: now, not after a resync
        local now
        now=$(raid_status vg0 "$1" | awk '{ print $1, $3 }')
        [ "$now" = "$2 idle" ] || { echo "$1: $now"; return 1; }
}

scenario_two_of_four() {
        fresh 4 32M
        fill /dev/vg0/data 7
        check "two leave" raidctl split vg0/data --permanent --name=new --count=2 --yes
        check "the new one is in sync at once" in_sync new AA
        check "the old one too" in_sync data AA
        check "agrees" vg_agrees vg0
        check "superblocks of the new one" numbered new 2
        check "superblocks of the old one" numbered data 2
        check "the same data" cmp /dev/vg0/new /dev/vg0/data
        fill /dev/vg0/data 9
        check "what is written to one is not in the other" test "$(od -An -a -N1 /dev/vg0/new | xargs)" = 7
        check "no difference in the new one" checked vg0 new
        check "no difference in the old one" checked vg0 data
        check "off" raidctl deactivate vg0/new
        check "and on" raidctl activate vg0/new
        check "in sync again" in_sync new AA
        check "lvm2 takes the next step" lvconvert -qq -y --splitmirrors 1 -n third vg0/new
        check "agrees with lvm2" vg_agrees vg0 3
}

# Under a writer: the two images that leave are of the same instant, so they do not differ.
scenario_under_a_writer() {
        fresh 4 32M
        writer_start /dev/vg0/data --rate=200
        check "the lowest leave, by name" raidctl split vg0/data --permanent --name=new --image=0 --image=2 --yes
        sleep 1
        if writer_stop; then ok "the writer met no error"; else fail "the writer met no error"; fi
        check "in sync" in_sync new AA
        check "superblocks of those that moved down" numbered data 2
        check "superblocks of those that left" numbered new 2
        check "no difference in the new one" checked vg0 new
        check "no difference in the old one" checked vg0 data
        check "agrees" vg_agrees vg0
        check "the new one can be split" raidctl split vg0/new --allow-degraded
        check "and merged" raidctl merge vg0/new --wait
        check "no difference after that" checked vg0 new
        check "agrees in the end" vg_agrees vg0
}

scenario_one_is_left() {
        fresh 3 32M
        fill /dev/vg0/data 5
        check "not without a word" expect_fail "allow-degraded" raidctl split vg0/data --permanent --name=new --count=2 --yes
        check "not all of it" expect_fail "at most 2 can leave" raidctl split vg0/data --permanent --name=new --count=3 --yes
        check "not two tracked" expect_fail "more than one split image" raidctl split vg0/data --count=2
        check "two leave one" raidctl split vg0/data --permanent --name=new --count=2 --yes --allow-degraded
        check "in sync" in_sync new AA
        check "the same data" cmp /dev/vg0/new /dev/vg0/data
        check "agrees" vg_agrees vg0
        check "no difference" checked vg0 new
}

scenario_nothing_is_lost_by_a_reboot() {
        if [ -z "$1" ]; then
                fresh 4 32M
                fill /dev/vg0/data 3
                check "two leave" raidctl split vg0/data --permanent --name=new --count=2 --yes
                vm_reset rebooted
        fi
        retry 60 test -b /dev/vg0/new
        check "in sync" wait_sync vg0 new
        is "all images" "$(health vg0 new)" AA
        check "the same data" cmp /dev/vg0/new /dev/vg0/data
        check "no difference" checked vg0 new
        check "agrees" vg_agrees vg0 3
}

# The most that there are, on as many devices.
timeout_sixty_four=1200
scenario_sixty_four() {
        local i d loops=()
        for d in d1 d2; do
                mkfs.ext4 -qF "$(disk $d)"
                mkdir -p "$vm_tmp/$d"
                mount "$(disk $d)" "$vm_tmp/$d"
        done
        for ((i = 0; i < 65; i++)); do
                truncate -s 14M "$vm_tmp/d$((1 + i % 2))/$i"
                loops+=("$(losetup -f --show "$vm_tmp/d$((1 + i % 2))/$i")")
        done
        check "the group" raidctl --quiet vg-create vg0 "${loops[@]}"
        check "not one more" expect_fail "64" raidctl create vg0/data --size=4M --images=65
        check "the volume" raidctl --quiet create vg0/data --size=4M --images=64
        wait_sync vg0 data
        check "nor later" expect_fail "64" raidctl add-image vg0/data
        fill /dev/vg0/data 3
        for i in 0 63; do
                check "image $i leaves" raidctl --quiet split vg0/data --image=$i
                fill /dev/vg0/data 4 --size=65536
                check "and is back" raidctl --quiet merge vg0/data --wait
                check "no difference" checked vg0 data
        done
        check "agrees" vg_agrees vg0 3
        check "half of them leave" raidctl --quiet split vg0/data --permanent --name=new --count=32 --yes
        check "no difference in what stays" checked vg0 data
        check "nor in what left" checked vg0 new
        check "agrees again" vg_agrees vg0 3
        raidctl --quiet deactivate vg0
        losetup -D
        umount "$vm_tmp/d1" "$vm_tmp/d2"
}

run_scenarios "$@"
