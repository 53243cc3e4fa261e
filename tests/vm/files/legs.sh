# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced after volumes.sh by the scenarios in which disks fail.

# legs N: leg0 and so on are the disks d1 and so on but for the first MiB, so that a label is not on two devices
legs() {
        local i dev
        for ((i = 0; i < $1; i++)); do
                dev=$(disk "d$((i + 1))")
                linear[i]="0 $(($(blockdev --getsz "$dev") - 2048)) linear $dev 2048"
                dmsetup create "leg$i" --table "${linear[i]}"
        done
}
dies() { replace_table "leg$1" "0 $(blockdev --getsz "/dev/mapper/leg$1") error"; }
returns() { replace_table "leg$1" "${linear[$1]}"; }
failed() { [[ $(health vg0 data) == *D* ]]; }
tracks() { [ "$(property vg0/data Volume TrackedImage)" != / ]; }

three_legs() {
        legs 3
        raidctl vg-create vg0 /dev/mapper/leg0 /dev/mapper/leg1 /dev/mapper/leg2
        raidctl create vg0/data --size=32M --images=3
}
# Whatever has happened: with the disk back, the ways out that the documentation names lead to three equal images.
all_is_well() { # WHAT
        if tracks; then check "$1: the merge" retry 10 raidctl merge vg0/data; fi
        wait_sync vg0 data 60 || true
        ! failed || check "$1: refresh" retry 20 raidctl refresh vg0/data
        check "$1: in sync" wait_sync vg0 data
        is "$1: health" "$(health vg0 data)" AAA
        if writer_stop; then ok "$1: the writer met no error"; else fail "$1: the writer met no error"; fi
        check "$1: no difference" checked vg0 data
        check "$1: agrees" vg_agrees vg0 3
}
