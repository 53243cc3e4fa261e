# SPDX-License-Identifier: LGPL-2.1-or-later
# The metadata devices of a volume that grows; lvm2 does the same.
# batch: 8
# cpus: 2

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

rmeta_size() { lvs -a --noheadings --nosuffix --units k -o lv_size "$1/data_rmeta_$2" | xargs; }
write_at() { dd if=/dev/urandom of="$1" bs=1M seek="$2" count=1 oflag=direct status=none; }
behind() { [ "$(dirty_regions vg0 data 0 | tr ' ' '\n' | tail -1)" -gt "$1" ] || { dirty_regions vg0 data 0; return 1; }; }

# Extents and regions of 4 KiB: what is behind 128 MiB has its bits in an extent that the metadata devices do not have yet.
scenario_bitmap() {
        local vg before
        for vg in "vg0 d1 d2" "vg9 d3 d4"; do
                # shellcheck disable=SC2086 # words
                set -- $vg
                vgcreate -qq -s 4k "$1" "$(disk "$2")" "$(disk "$3")"
                lvcreate -qq -y -Wn --type raid1 -m 1 -R 4k -L 16M -n data "$1"
                wait_sync "$1" data
        done
        is "metadata devices of 3 extents" "$(rmeta_size vg0 0)" 12.00
        head -c 16M /dev/urandom >/run/raidd-test.data
        dd if=/run/raidd-test.data of=/dev/vg0/data bs=1M oflag=direct status=none
        check "known" retry 5 raidctl show vg0/data
        check "told beforehand" sh -c 'raidctl resize vg0/data --size=150M --dry-run | grep -q "wipe.*bitmap"'
        before=$(sectors_written vg0 data_rimage_1)
        check "grow" raidctl resize vg0/data --size=150M
        check "in sync" wait_sync vg0 data 600
        before=$(($(sectors_written vg0 data_rimage_1) - before))
        check "only the new part was copied ($before sectors)" test $before -le $((136 * 2048))
        lvextend -qq -L 150M vg9/data
        echo "# extended by lvm2: rmeta $(rmeta_size vg9 0), region $(lvs --noheadings -o region_size vg9/data | xargs)"
        lvremove -qq -y vg9/data
        lvcreate -qq -y -Wn --type raid1 -m 1 -R 4k -L 150M -n data vg9
        # lvm2 2.03.16 leaves them at 3, which is less than it reserves for a new volume of that size.
        is "as long as lvm2 makes them for a new one" "$(rmeta_size vg0 0) $(rmeta_size vg0 1)" "$(rmeta_size vg9 0) $(rmeta_size vg9 1)"
        is "longer" "$(rmeta_size vg0 0)" 16.00
        check "no difference" checked vg0 data
        check "what was there is there" cmp -n 16777216 /dev/vg0/data /run/raidd-test.data
        check "agrees" vg_agrees vg0
        raidctl split vg0/data --allow-degraded
        write_at /dev/vg0/data 1
        write_at /dev/vg0/data 149
        check "bits in the new extent" behind 32768
        is "and nowhere else" "$(raidctl changed vg0/data --regions | awk '{ n += $2 } END { print n }')" $((2 << 20))
        check "merge" raidctl merge vg0/data --wait
        check "no difference after that" checked vg0 data
        raidctl deactivate vg0/data
        check "and on again" raidctl activate vg0/data
        check "in sync from the beginning" _in_sync vg0 data
        writer_start /dev/vg0/data --rate=200
        check "further, in use" raidctl resize vg0/data --size=+8M
        check "in sync again" wait_sync vg0 data 600
        if writer_stop; then ok "the writer met no error"; else fail "the writer met no error"; fi
        check "no difference in the end" checked vg0 data
        check "agrees in the end" vg_agrees vg0
}
timeout_bitmap=900

run_scenarios "$@"
