# SPDX-License-Identifier: LGPL-2.1-or-later
# What the documentation of LVM's split and merge promises, walked through with raidctl.
# suite: vm-asan
# batch: 8

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# shape: names and devices, as the documentation prints them
shape() { raidctl list -a --no-legend "$@" | sed 's/[[:space:]]\+/ /g; s/^ //; s/ $//' | grep -o '[^ ].*' | sort; }

tracked_shape_agrees() { # SLOT: the tracked image is shown without brackets, the others with
        local out
        out=$(raidctl list -a --no-legend)
        grep -Eq "(^|[^[])my_lv_rimage_$1([^]]|$)" <<<"$out" || { echo "image $1 is not shown as visible:"; echo "$out"; return 1; }
        ! grep -q "\[my_lv_rimage_$1\]" <<<"$out" || { echo "image $1 is shown as hidden:"; echo "$out"; return 1; }
}
all_hidden() {
        local out
        out=$(raidctl list -a --no-legend)
        [ "$(grep -c '\[my_lv_rimage_[0-9]\]' <<<"$out")" = "$1" ] || { echo "$out"; return 1; }
}

# What lvs -a prints in the columns of the documentation is what raidctl list -a prints: name, in brackets or without, percentage, devices.
list_agrees_with_lvs() {
        diff <(lvs -a --noheadings --separator ';' -o name,copy_percent,devices my_vg | tr -d ' ' | sort) \
                <(raidctl list -a --no-legend | awk 'NF { print $1 ";" (NF > 2 ? $2 : "") ";" $NF }' | sort)
}

scenario_track_and_merge_three() {
        r_vg my_vg d1 d2 d3
        raidctl create my_vg/my_lv --size=128M --images=3
        wait_sync my_vg my_lv
        check "created" vg_agrees my_vg
        check "list -a, three images" list_agrees_with_lvs
        check "all hidden" all_hidden 3
        writer_start /dev/my_vg/my_lv

        check "split" raidctl split my_vg/my_lv
        check "the highest image" tracked_shape_agrees 2
        check "list -a, tracked" list_agrees_with_lvs
        check "after the split" vg_agrees my_vg
        is "read-only" "$(blockdev --getro /dev/my_vg/my_lv_rimage_2)" 1
        sleep 2
        check "merge" raidctl merge my_vg/my_lv_rimage_2 --wait
        check "all hidden again" all_hidden 3
        check "after the merge" vg_agrees my_vg
        writer_stop
        check "no difference" checked my_vg my_lv
}

scenario_track_and_merge_two() {
        r_vg my_vg d1 d2
        raidctl create my_vg/my_lv --size=64M --images=2
        wait_sync my_vg my_lv
        writer_start /dev/my_vg/my_lv
        check "one image left needs the word" expect_fail 'allow-degraded' raidctl split my_vg/my_lv
        check "split" raidctl split my_vg/my_lv --allow-degraded
        check "tracked" tracked_shape_agrees 1
        check "list -a" list_agrees_with_lvs
        check "merge" raidctl merge my_vg/my_lv --wait
        check "hidden" all_hidden 2
        check "agrees" vg_agrees my_vg
        writer_stop
        check "no difference" checked my_vg my_lv
}

scenario_permanent_after_tracked() {
        r_vg my_vg d1 d2
        raidctl create my_vg/my_lv --size=64M --images=2
        wait_sync my_vg my_lv
        writer_start /dev/my_vg/my_lv
        raidctl split my_vg/my_lv --allow-degraded
        check "permanent" raidctl split my_vg/my_lv --permanent --yes --name=new --allow-degraded
        check "list -a" list_agrees_with_lvs
        check "agrees" vg_agrees my_vg
        is "my_lv is linear" "$(property my_vg/my_lv Volume Layout)" linear
        is "new is linear" "$(property my_vg/new Volume Layout)" linear
        is "only the two are left" "$(lvs -a --noheadings -o name my_vg | xargs)" "my_lv new"
        check "new can be written" dd if=/dev/zero of=/dev/my_vg/new bs=4k count=1 oflag=direct
        writer_stop
}

scenario_permanent_after_tracked_of_three() {
        r_vg my_vg d1 d2 d3
        raidctl create my_vg/my_lv --size=64M --images=3
        wait_sync my_vg my_lv
        writer_start /dev/my_vg/my_lv
        raidctl split my_vg/my_lv --image=1
        check "permanent" raidctl split my_vg/my_lv --permanent --yes --name=new
        check "agrees" vg_agrees my_vg
        is "two images left" "$(property my_vg/my_lv Volume ImageCount)" 2
        writer_stop
        check "no difference" checked my_vg my_lv
}

scenario_permanent_split() {
        local slot
        for slot in 0 1 2; do
                r_vg my_vg d1 d2 d3
                raidctl create my_vg/my_lv --size=64M --images=3
                wait_sync my_vg my_lv
                writer_start /dev/my_vg/my_lv
                check "image $slot" raidctl split my_vg/my_lv --permanent --yes --name=new --image=$slot
                check "image $slot: agrees" vg_agrees my_vg
                writer_stop
                check "image $slot: no difference" checked my_vg my_lv
                check "image $slot: remove" raidctl remove --yes my_vg/new
                raidctl remove --yes my_vg/my_lv
                check "image $slot: vg-remove" raidctl vg-remove --yes my_vg
        done
}

scenario_two_refused_sequences() {
        r_vg my_vg d1 d2
        raidctl create my_vg/my_lv --size=64M --images=2
        wait_sync my_vg my_lv
        raidctl split my_vg/my_lv --allow-degraded
        local before
        before=$(vg_state my_vg)
        check "second tracked split" expect_fail 'Cannot track more than one split image at a time' \
                raidctl split my_vg/my_lv --allow-degraded
        check "permanent split of the other image" expect_fail 'Unable to split.*(tracking changes|changes are tracked) for my_lv_rimage_1' \
                raidctl split my_vg/my_lv --permanent --yes --name=new --pv="$(disk d1)" --allow-degraded
        is "nothing has changed" "$(vg_state my_vg)" "$before"
}

# The volume cannot be renamed or resized, the image neither; both can be activated and deactivated independently.
scenario_constraints() {
        r_vg my_vg d1 d2 d3
        raidctl create my_vg/my_lv --size=64M --images=3
        wait_sync my_vg my_lv
        raidctl split my_vg/my_lv
        check "image off" raidctl deactivate my_vg/my_lv_rimage_2
        is "no node" "$(dmsetup info -c --noheadings -o name my_vg-my_lv_rimage_2 2>/dev/null)" ""
        check "agrees, image off" vg_agrees my_vg
        check "image on" raidctl activate my_vg/my_lv_rimage_2
        is "read-only again" "$(blockdev --getro /dev/my_vg/my_lv_rimage_2)" 1
        check "volume off" raidctl deactivate my_vg/my_lv
        is "the image stays" "$(dmsetup info -c --noheadings -o name my_vg-my_lv_rimage_2 2>/dev/null)" my_vg-my_lv_rimage_2
        check "agrees, volume off" vg_agrees my_vg
        check "volume on" raidctl activate my_vg/my_lv
        check "the image cannot be removed on its own" expect_fail . raidctl remove --yes my_vg/my_lv_rimage_2
        check "merge" raidctl merge my_vg/my_lv --wait
        check "no difference" checked my_vg my_lv
        check "agrees" vg_agrees my_vg
}

run_scenarios "$@"
