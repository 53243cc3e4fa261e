# SPDX-License-Identifier: LGPL-2.1-or-later
# md believes a bitmap only if its header has as many events as the superblock, and else recovers nothing, although it says "forcing full
# recovery". A table that is swapped under a writer leaves such a header behind. The merge must not happen by it.
# lane: 1

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

# swapped HOW ROUNDS: split, exchange the table, write, and merge while that goes on
swapped() {
        local how=$1 rounds=$2 i seen=0
        fresh 2 32M
        for ((i = 1; i <= rounds; i++)); do
                raidctl --quiet split vg0/data --allow-degraded
                sleep 1
                $how
                sleep 1
                fill /dev/vg0/data $((i + 1)) &
                sleep 0.5
                ! behind || seen=$((seen + 1))
                check "$how, $i: merge" raidctl --quiet merge vg0/data
                wait
                check "$how, $i: in sync" wait_sync vg0 data
                check "$how, $i: no difference" checked vg0 data
        done
        echo "# the bitmap was behind $seen times of $rounds"
        check "agrees" vg_agrees vg0 3
}

scenario_swapped_by_raidd() { swapped by_raidd 1; }
scenario_swapped_by_lvm2() { swapped by_lvm2 1; }

run_scenarios "$@"
