# SPDX-License-Identifier: LGPL-2.1-or-later
# What another version of lvm2 or of raidd has left behind.
# batch: 1

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# uuids: those of the nodes of vg0, without what is random
uuids() { dmsetup info -c --noheadings -o name,uuid --separator ' ' | sed -nE 's/^vg0-(\S+) LVM-[A-Za-z0-9]{64}(\S*)$/\1 \2/p' | sort; }

# renamed_like SUFFIX: the volume goes off, and comes back with the names that an lvm2 with that suffix gives to hidden nodes. Tables name
# devices by number, so the numbers stay.
renamed_like() {
        local major minor name uuid table
        major=$(dmsetup info -c --noheadings -o major vg0-data)
        dmsetup table >/run/raidd-test.tables
        dmsetup info -c --noheadings -o minor,name,uuid --separator ' ' | sort -n >/run/raidd-test.nodes
        raidctl --quiet deactivate vg0
        while read -r minor name uuid; do
                [[ $name == *_r[im]* ]] && uuid=${uuid:0:68}$1
                table=$(sed -n "s/^$name: //p" /run/raidd-test.tables)
                dmsetup create "$name" --uuid "$uuid" --major "$major" --minor "$minor" --table "$table" || return 1
        done </run/raidd-test.nodes
}

# lvm2 gives hidden nodes the suffix -real since 2.03.36. What is there decides: nothing else would find it again.
scenario_names_of_newer_lvm2() {
        local hidden
        fresh 3 32M
        fill /dev/vg0/data 1
        check "made anew" renamed_like -real
        hidden=$(uuids | grep -- -real)
        is "all of them have it" "$(wc -l <<<"$hidden")" 6
        systemctl restart raidd.service
        check "the volume is active" raidctl status vg0/data
        check "split" raidctl split vg0/data
        is "the image is public" "$(uuids | grep 'data_rimage_2')" "data_rimage_2 "
        is "what is hidden has it" "$(uuids | grep -c -- -real)" 4
        fill /dev/vg0/data 2 --size=8388608
        check "merge" raidctl merge vg0/data --wait
        is "and the image has it again" "$(uuids | grep -- -real)" "$hidden"
        check "grows" raidctl resize vg0/data --size=+8M
        wait_sync vg0 data
        check "gives up an image" raidctl --yes remove-image vg0/data
        is "nothing of it is left" "$(uuids | wc -l)" 5
        wait_sync vg0 data
        check "no difference" checked vg0 data
        check "off" raidctl deactivate vg0
        is "nothing is left" "$(uuids | wc -l)" 0
        check "and on, as this lvm2 calls them" raidctl activate vg0
        is "names" "$(uuids | grep -c -- -real)" 0
        check "agrees" vg_agrees vg0
}

run_scenarios "$@"
