# SPDX-License-Identifier: LGPL-2.1-or-later
# md believes a bitmap only if its header has as many events as the superblock, and else recovers nothing, although it says "forcing full
# recovery". A table that is swapped under a writer leaves such a header behind. The merge must not happen by it.
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
        fill /dev/vg0/data 7 &
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

run_scenarios "$@"
