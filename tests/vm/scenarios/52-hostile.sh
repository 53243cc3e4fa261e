# SPDX-License-Identifier: LGPL-2.1-or-later
# Disks with hostile metadata come and go: nothing changes for the others, and a split waits for none of them. HOSTILE_DISKS: how many; a
# thousand in the full run.
# batch: 7

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

disks=${HOSTILE_DISKS:-18}
at_once=9
timeout_plugged_in=$((300 + disks * 4))

# Of the volume group that was there before, all that the bus says but for what is counted on.
ours() { raidctl show vg0/data; raidctl list -a --no-legend; }
# crashed NAME: how many processes of that name
crashed() { journalctl -q -b -k -o cat --grep 'segfault|traps:' | grep -c "^$1" || true; }

scenario_plugged_in() {
        local n i before pid loops
        # What they are made of: a group with a mirror, whose disks are gone by then.
        r_vg vg9 d5 d6
        r_raid1 vg9 data 16M 2
        head -c 1M "$(disk d5)" >/run/raidd-test.head
        raidctl --quiet deactivate vg9
        for i in d5 d6; do blkdiscard -f "$(disk $i)"; udevadm trigger -c change "$(disk $i)"; done
        udevadm settle
        retry 10 expect_fail "" raidctl show vg9

        fresh 3 16M
        before=$(ours) pid=$(systemctl show --value -p MainPID raidd.service)
        mkdir -p /run/raidd-test.disks
        for ((n = 0; n < disks; n += at_once)); do
                "$files/hostile-disks.py" /run/raidd-test.head /run/raidd-test.disks $n $at_once
                loops=()
                for ((i = n; i < n + at_once; i++)); do loops+=("$(losetup -f --show "/run/raidd-test.disks/$i")"); done
                udevadm settle -t 60
                check "disks from $n: the bus answers" timeout 60 raidctl list
                check "disks from $n: split" timeout 100 raidctl --quiet split vg0/data
                check "disks from $n: merge" timeout 100 raidctl --quiet merge vg0/data --wait
                losetup -d "${loops[@]}"
                rm -f /run/raidd-test.disks/*
        done
        udevadm settle -t 60
        is "the same daemon" "$(systemctl show --value -p MainPID raidd.service)" "$pid"
        is "none of ours has crashed" "$(crashed raidd)" 0
        echo "# lvm2, by udev's rules: $(crashed lvm) crashes"
        retry 10 eval '[ "$(ours | unchanging)" = "$(unchanging <<<"$before")" ]' || true
        is "nothing has changed for others" "$(ours | unchanging)" "$(unchanging <<<"$before")"
        check "no difference" checked vg0 data
        check "agrees" vg_agrees vg0 6
}
# Splits and merges count the sequence number on, and devices may be numbered anew.
unchanging() { grep -Ev '^(Seqno|DeviceNumber)=' || true; }

run_scenarios "$@"
