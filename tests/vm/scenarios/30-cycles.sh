# SPDX-License-Identifier: LGPL-2.1-or-later
# Tracked split and merge, again and again, under a random 4 KiB writer: after each cycle md finds no difference.
# CYCLES is how many, over all images and ways to merge; the full run has 100.
# batch: 3

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

cycles=${CYCLES:-20}
timeout_three_images=$((120 + cycles * 30))
timeout_two_images=$timeout_three_images
timeout_over_reboots=$((300 + cycles * 30))

# check runs its command in a subshell that waits for everybody who holds its output.
load_on() { writer_start /dev/vg0/data >/run/raidd-vm/writer.out 2>&1; }
load_off() { writer_stop || { cat /run/raidd-vm/writer.out; return 1; }; }

image_is_read_only() { [ "$(blockdev --getro "/dev/vg0/data_rimage_$1")" = 1 ] || { echo "the image can be written"; return 1; }; }

# off_and_on WHAT: the volume, or the group with the image
off_and_on() { load_off && raidctl --quiet deactivate "$1" && raidctl --quiet activate "$1" && load_on; }

meanwhile() { # SLOT WAY
        case $2 in
        at-once) ;;
        pause) sleep 2 ;;
        reactivate) sleep 0.5 && off_and_on vg0/data ;;
        reactivate-all) sleep 0.5 && off_and_on vg0 && image_is_read_only "$1" && sleep 0.5 ;;
        esac
}

split_and_merge() { # SLOT WAY
        load_on &&
                raidctl --quiet split vg0/data --image="$1" --allow-degraded &&
                image_is_read_only "$1" &&
                meanwhile "$1" "$2" &&
                raidctl --quiet merge vg0/data &&
                by_the_bitmap &&
                sleep 0.5
}

# The job of a merge that copies all of the image says why.
by_the_bitmap() {
        local why
        why=$(raidctl jobs --json=short | jq -r '.jobs[-1] | "\(.Operation) \(.Warnings | join(" "))"')
        [ "$why" = "raid-merge " ] || { echo "not in part: $why"; return 1; }
}

cycle() { # SLOT WAY
        local rc=0
        split_and_merge "$1" "$2" || rc=$?
        load_off && [ $rc = 0 ] && checked vg0 data && vg_agrees vg0
}

ways=(at-once pause reactivate reactivate-all)

scenario_three_images() {
        local i
        fresh 3 48M
        for ((i = 0; i < cycles * 6 / 10; i++)); do
                check "cycle $i: image $((i % 3)), ${ways[i % 4]}" cycle $((i % 3)) "${ways[i % 4]}"
        done
}

scenario_two_images() {
        local i
        fresh 2 48M
        for ((i = 0; i < cycles * 3 / 10; i++)); do
                check "cycle $i: image $((i % 2)), ${ways[i / 2 % 4]}" cycle $((i % 2)) "${ways[i / 2 % 4]}"
        done
}

# The guest is rebooted, or loses power, while the image is tracked and the volume is written.
merge_after_boot() { # SLOT
        wait_sync vg0 data && image_is_read_only "$1" && load_on && raidctl --quiet merge vg0/data && by_the_bitmap && sleep 0.5
}
after_boot() { # SLOT
        local rc=0
        merge_after_boot "$1" || rc=$?
        load_off && [ $rc = 0 ] && checked vg0 data && vg_agrees vg0
}
scenario_over_reboots() { # STATE: how many cycles are done
        local done=${1:-0} n=$(((cycles + 9) / 10)) what=reboot
        if [ -z "$1" ]; then fresh 3 48M; fi
        [ $((done % 2)) = 1 ] || what="power cut"
        if [ "$done" -gt 0 ]; then
                check "cycle $done: image $(((done - 1) % 3)), after a $what" after_boot $(((done - 1) % 3))
        fi
        [ "$done" -lt "$n" ] || return 0
        load_on
        raidctl --quiet split vg0/data --image=$((done % 3))
        sleep 4
        if [ $((done % 2)) = 0 ]; then vm_reboot $((done + 1)); else vm_reset $((done + 1)); fi
}

# What an application reads: everything overwritten while the image was out, nothing of the old data afterwards.
scenario_application_reads_new_data() {
        local slot old
        fresh 3 8M
        for slot in 0 2; do
                fill /dev/vg0/data A
                raidctl --quiet split vg0/data --image=$slot
                fill /dev/vg0/data B
                raidctl --quiet merge vg0/data
                old=$(dd if=/dev/vg0/data bs=1M iflag=direct status=none | tr -dc A | wc -c)
                is "image $slot: old bytes read during the recovery" "$old" 0
                wait_sync vg0 data
                old=$(dd if=/dev/vg0/data bs=1M iflag=direct status=none | tr -dc A | wc -c)
                is "image $slot: old bytes read after it" "$old" 0
                check "image $slot: no difference" checked vg0 data
        done
}

# When the volume is idle, what the recovery writes to the image is what has changed and hardly more.
scenario_partial_recovery() { recovers_in_part 3; }
scenario_partial_recovery_of_two() { recovers_in_part 2; }
recovers_in_part() { # IMAGES
        local slot changed before after region
        fresh "$1" 128M
        region=$(region_size vg0 data 0)
        for ((slot = 0; slot < $1; slot++)); do
                raidctl --quiet split vg0/data --image=$slot --allow-degraded
                for at in 640K 18M 93M; do fill /dev/vg0/data C --size=64K --offset=$at; done
                sync
                changed=$(dirty_regions vg0 data $(((slot + 1) % $1)) | wc -w)
                is "image $slot: three regions have changed" "$changed" 3
                before=$(sectors_written vg0 "data_rimage_$slot")
                raidctl --quiet merge vg0/data
                wait_sync vg0 data
                after=$(sectors_written vg0 "data_rimage_$slot")
                [ "$after" -ge "$before" ] || before=0 # another node of the same name
                echo "image $slot: $((after - before)) sectors for $changed regions of $((region / 512)) sectors"
                check "image $slot: sectors written" test $((after - before)) -le $((changed * region / 512 * 105 / 100))
                check "image $slot: and not fewer" test $((after - before)) -ge $((changed * region / 512))
                check "image $slot: no difference" checked vg0 data
        done
}

# The same after the volume and the image were off and on again, and after a restart of the daemon.
scenario_partial_recovery_after_reactivation() {
        local before after region
        fresh 3 128M
        region=$(region_size vg0 data 0)
        raidctl --quiet split vg0/data
        fill /dev/vg0/data C --size=64K --offset=18M
        raidctl --quiet deactivate vg0
        systemctl restart raidd.service
        raidctl --quiet activate vg0
        wait_sync vg0 data
        before=$(sectors_written vg0 data_rimage_2)
        raidctl --quiet merge vg0/data
        wait_sync vg0 data
        after=$(sectors_written vg0 data_rimage_2)
        [ "$after" -ge "$before" ] || before=0
        check "sectors written: $((after - before))" test $((after - before)) -le $((region / 512 * 105 / 100))
        check "no difference" checked vg0 data
}

run_scenarios "$@"
