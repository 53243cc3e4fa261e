# SPDX-License-Identifier: LGPL-2.1-or-later
# The life of a volume beside splits: another name, another size, more and fewer images, under a writer; lvm2 agrees after each.
# batch: 4

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# well VG LV WHAT: the volume is complete, without a difference, and lvm2 and raidd agree
well() {
        check "$3: in sync" wait_sync "$1" "$2"
        check "$3: agrees" vg_agrees "$1" 3
}

known() { dd if=/dev/urandom of=/run/raidd-test.known bs=1M count="$1" status=none && dd if=/run/raidd-test.known of="$2" oflag=direct bs=1M status=none; }
still_known() { cmp -n $(($1 * 1024 * 1024)) /run/raidd-test.known "$2"; }
images_on() { lvs --noheadings -o devices "vg0/data_rimage_$1" -a | xargs; }

scenario_rename() {
        fresh 3 16M
        writer_start /dev/vg0/data --rate=200
        check "rename" raidctl rename vg0/data renamed
        check "the link" test -b /dev/vg0/renamed
        check "not the old one" test ! -e /dev/vg0/data
        check "lvm2 knows the images" lvs vg0/renamed_rimage_2
        check "agrees" vg_agrees vg0
        check "taken" expect_fail "exists already" sh -c 'raidctl create vg0/other --size=4M && raidctl rename vg0/renamed other'
        check "reserved" expect_fail reserved raidctl rename vg0/renamed x_rimage_0
        raidctl split vg0/renamed
        check "not while it is tracked" expect_fail "cannot be renamed while its image" raidctl rename vg0/renamed data
        check "nor its image" expect_fail "cannot be renamed" raidctl rename vg0/renamed_rimage_2 data
        raidctl merge vg0/renamed --wait
        raidctl deactivate vg0/other
        check "one that is off" raidctl rename vg0/other another
        check "and on again" raidctl activate vg0/another
        check "back" raidctl rename vg0/renamed vg0/data
        if writer_stop; then ok "the writer met no error"; else fail "the writer met no error"; fi
        check "no difference" checked vg0 data
        check "agrees in the end" vg_agrees vg0
}

# What is new is copied, whatever the disks held before, and a change of its rate does not end that.
scenario_grow_over_garbage() {
        local d
        for d in d1 d2; do dd if=/dev/urandom of="$(disk $d)" bs=1M seek=1 count=120 oflag=direct status=none; done
        r_vg vg0 d1 d2
        r_raid1 vg0 data 16M 2
        check "grow" raidctl resize vg0/data --size=+32M
        check "in sync" wait_sync vg0 data
        check "no difference" checked vg0 data
        raidctl --quiet sync-rate vg0/data --max=1M
        check "and again, slowly" raidctl resize vg0/data --size=+32M
        check "not to be paused" expect_fail "cannot be paused" raidctl pause vg0/data
        check "another rate meanwhile" raidctl sync-rate vg0/data --max=200M
        check "in sync again" wait_sync vg0 data
        check "no difference after that" checked vg0 data
        raidctl --quiet deactivate vg0/data
        check "not while it is off" expect_fail "is not active; activate it" raidctl resize vg0/data --size=+16M
        check "agrees" vg_agrees vg0
}

scenario_resize() {
        fresh 3 16M
        writer_start /dev/vg0/data --rate=200
        check "grow" raidctl resize vg0/data --size=+32M
        is "so large" "$(blockdev --getsize64 /dev/vg0/data)" $((48 * 1024 * 1024))
        well vg0 data grown
        if writer_stop; then ok "the writer met no error"; else fail "the writer met no error"; fi
        check "no difference, says md" checked vg0 data
        check "lvm2 grows it further" lvextend -qq -L 64M vg0/data
        well vg0 data "grown by lvm2"
        check "no difference after that" checked vg0 data
        check "shrink needs a word" expect_fail "allow-shrink" raidctl resize vg0/data --size=24M
        known 16 /dev/vg0/data
        check "shrink" raidctl resize vg0/data --size=24M --allow-shrink
        is "so small" "$(blockdev --getsize64 /dev/vg0/data)" $((24 * 1024 * 1024))
        well vg0 data shrunk
        check "what was kept is there" still_known 16 /dev/vg0/data
        check "no difference after shrinking" checked vg0 data
        raidctl split vg0/data
        check "not while it is tracked" expect_fail "cannot be resized while its image" raidctl resize vg0/data --size=+4M
        check "nor its image" expect_fail "cannot be resized" raidctl resize vg0/data_rimage_2 --size=+4M
        raidctl merge vg0/data --wait
        check "the same size" expect_fail "has that size already" raidctl resize vg0/data --size=24M
        check "too much" expect_fail "no room" raidctl resize vg0/data --size=100G
        raidctl create vg0/plain --size=8M
        raidctl create vg0/behind --size=4M
        check "linear, around another" raidctl resize vg0/plain --size=16M
        check "linear, shorter" raidctl resize vg0/plain --size=4M --allow-shrink
        raidctl deactivate vg0/plain
        check "linear, while it is off" raidctl resize vg0/plain --size=12M
        raidctl activate vg0/plain
        is "it is so large" "$(blockdev --getsize64 /dev/vg0/plain)" $((12 * 1024 * 1024))
        check "agrees in the end" vg_agrees vg0
}

scenario_filesystem_grows() {
        fresh 2 32M
        mkfs.ext4 -q /dev/vg0/data && mount /dev/vg0/data /mnt
        cp -r /etc/systemd /mnt/ && sync
        check "grow below a mounted filesystem" raidctl resize vg0/data --size=64M
        check "and the filesystem" resize2fs /dev/vg0/data
        wait_sync vg0 data
        check "files are there" diff -r --no-dereference /etc/systemd /mnt/systemd
        umount /mnt
        check "it is clean" e2fsck -fn /dev/vg0/data
        check "no difference" checked vg0 data
}

scenario_images() {
        r_vg vg0 d1 d2 d3 d4 d5
        raidctl create vg0/data --size=16M
        known 16 /dev/vg0/data
        check "linear to two" raidctl add-image vg0/data --wait
        well vg0 data two
        is "raid1" "$(lvs --noheadings -o segtype,stripes vg0/data | xargs)" "raid1 2"
        check "what was there is there" still_known 16 /dev/vg0/data
        check "no difference" checked vg0 data
        writer_start /dev/vg0/data --rate=200
        check "two more" raidctl add-image vg0/data --images=2 --wait
        well vg0 data four
        check "a tracked split of it" raidctl split vg0/data --image=0
        check "none more while it is tracked" expect_fail "while its image" raidctl add-image vg0/data
        check "nor fewer" expect_fail "while its image" raidctl remove-image vg0/data --yes
        check "nor another" expect_fail "while its image" raidctl replace-image vg0/data_rimage_1
        raidctl merge vg0/data --wait
        check "image 0 goes" raidctl remove-image vg0/data_rimage_0 --yes
        well vg0 data three
        check "by device" raidctl remove-image vg0/data --pv="$(disk d4)" --yes
        well vg0 data "two again"
        check "one more, by lvm2" lvconvert -qq -y -m+1 vg0/data
        well vg0 data "three by lvm2"
        check "one fewer, by lvm2" lvconvert -qq -y -m-1 vg0/data
        well vg0 data "two by lvm2"
        check "the last but one needs a word" expect_fail "allow-degraded" raidctl remove-image vg0/data --yes
        if writer_stop; then ok "the writer met no error"; else fail "the writer met no error"; fi
        check "no difference with two" checked vg0 data
        known 16 /dev/vg0/data
        check "to linear" raidctl remove-image vg0/data --allow-degraded --yes
        is "linear" "$(lvs --noheadings -o segtype vg0/data | xargs)" linear
        check "with its data" still_known 16 /dev/vg0/data
        check "agrees in the end" vg_agrees vg0
        is "nothing is left behind" "$(lvs -a --noheadings -o name vg0 | xargs)" data
}

scenario_replace() {
        r_vg vg0 d1 d2 d3 d4
        r_raid1 vg0 data 32M 2
        writer_start /dev/vg0/data --rate=200
        sysctl -q dev.raid.speed_limit_max=4000
        raidctl replace-image vg0/data_rimage_0 --pv="$(disk d4)"
        is "meanwhile there is one more" "$(property vg0/data Volume ImageCount)" 3
        check "and all of the redundancy" test "$(health vg0 data)" = AAa
        check "not two at once" expect_fail "is being" raidctl replace-image vg0/data_rimage_1
        systemctl restart raidd.service
        sysctl -q dev.raid.speed_limit_max=200000
        check "it goes on after a restart" raidctl wait vg0/data
        check "the old one goes" retry 60 two_images
        well vg0 data replaced
        check "it is where it should be" sh -c "lvs -a --noheadings -o devices vg0 | grep -q $(disk d4)"
        check "and no longer where it was" sh -c "! lvs -a --noheadings -o devices vg0 | grep -q $(disk d1)"
        if writer_stop; then ok "the writer met no error"; else fail "the writer met no error"; fi
        check "no difference" checked vg0 data
}
two_images() { [ "$(property vg0/data Volume ImageCount)" = 2 ]; }

scenario_limits_and_refresh() {
        fresh 2 16M
        check "limits" raidctl sync-rate vg0/data --min=1M --max=8M
        is "lvm2 sees them" "$(lvs --noheadings --units k --nosuffix -o raid_min_recovery_rate,raid_max_recovery_rate vg0/data | xargs)" "1024 8192"
        is "and the bus" "$(property vg0/data Volume MaxSyncRate)" $((8 << 20))
        check "none again" raidctl sync-rate vg0/data
        check "refresh" raidctl refresh vg0/data
        raidctl split vg0/data --allow-degraded
        check "refresh while it is tracked" raidctl refresh vg0/data
        check "still read-only" sh -c '! dd if=/dev/zero of=/dev/vg0/data_rimage_1 bs=4k count=1 oflag=direct 2>/dev/null'
        fill /dev/vg0/data Z
        check "merge" raidctl merge vg0/data --wait
        check "no difference" checked vg0 data
        check "agrees" vg_agrees vg0
}

run_scenarios "$@"
