# SPDX-License-Identifier: LGPL-2.1-or-later
# What somebody else does is on the bus within a second, and raidd copes with what it finds.
# batch: 5

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# Timestamps of every signal of ours, in µs.
monitor_start() {
        busctl monitor --json=short --match "type='signal',sender='$bus'" >/run/raidd-test.signals 2>/dev/null &
        monitor_pid=$!
        sleep 1
}
monitor_stop() { kill $monitor_pid; wait $monitor_pid 2>/dev/null || true; }

# signalled COMMAND...: runs it; a signal follows its start. Prints how long after its end that came, for people to read.
signalled() {
        local before after n
        n=$(wc -l </run/raidd-test.signals)
        "$@" >/dev/null 2>&1 || { echo "fails: $*"; return 1; }
        after=$(date +%s%N)
        until [ "$(wc -l </run/raidd-test.signals)" -gt "$n" ]; do
                before=$(($(date +%s%N) - after))
                [ $before -lt 5000000000 ] || { echo "no signal in 5 s"; return 1; }
                sleep 0.05
        done
        echo $((($(date +%s%N) - after) / 1000000)) >>/run/raidd-test.delays
}

scenario_changes_of_lvm2() {
        mk_vg vg0 d1 d2 d3
        retry 5 busctl call $bus $root $bus.Manager Rescan 'a{sv}' 0
        monitor_start
        check "lvcreate" signalled lvcreate -y -L 16M -n one vg0
        check "agrees" vg_agrees vg0 3
        check "lvrename" signalled lvrename vg0/one vg0/two
        check "agrees, renamed" vg_agrees vg0 3
        check "lvextend" signalled lvextend -L 32M vg0/two
        check "agrees, extended" vg_agrees vg0 3
        check "lvchange -an" signalled lvchange -an vg0/two
        check "agrees, off" vg_agrees vg0 3
        check "lvchange -ay" signalled lvchange -ay vg0/two
        check "agrees, on" vg_agrees vg0 3
        check "lvcreate raid1" signalled lvcreate -y -Wn --type raid1 -m 2 -L 32M -n data vg0
        wait_sync vg0 data
        check "agrees, raid1" vg_agrees vg0 3
        check "lvconvert --trackchanges" signalled lvconvert -y --splitmirrors 1 --trackchanges vg0/data
        check "agrees, tracked" vg_agrees vg0 3
        check "lvconvert --merge" signalled lvconvert -y --merge vg0/data_rimage_2
        check "agrees, merged" vg_agrees vg0 3
        check "lvremove" signalled lvremove -y vg0/two
        check "agrees, removed" vg_agrees vg0 3
        check "vgrename" signalled vgrename vg0 vg1
        check "agrees, vg1" vg_agrees vg1 3
        check "vgextend" signalled vgextend vg1 "$(disk d4)"
        check "agrees, four disks" vg_agrees vg1 3
        check "vgchange -an" signalled vgchange -an vg1
        check "vgremove" signalled vgremove -ff -y vg1
        monitor_stop
        echo "# signals came $(sort -n /run/raidd-test.delays | tail -n 1) ms after the end of the command at the latest"
        is "no object is left" "$(busctl --json=short call $bus $root org.freedesktop.DBus.ObjectManager GetManagedObjects |
                jq -r '.data[0] | keys[]' | grep -c /vg/)" 0
}

# A resync that raidd did not start is a job, and its end is told.
scenario_foreign_resync_is_a_job() {
        mk_vg vg0 d1 d2 d3
        # Disks in memory would be in sync before the first look.
        sysctl -q dev.raid.speed_limit_max=20000
        lvcreate -q -q -y -Wn --type raid1 -m 1 -L 256M -n data vg0
        check "a job" retry 8 sh -c "raidctl jobs | grep -q resync"
        sysctl -q dev.raid.speed_limit_max=200000
        check "raidctl wait" timeout 200 raidctl wait vg0/data
        check "in sync" vg_agrees vg0 3
        is "no job runs" "$(raidctl jobs --no-legend | grep -c running)" 0
}

scenario_disk_disappears_and_returns() {
        fresh 3 48M
        writer_start /dev/vg0/data
        disk_unplug d3
        check "seen as missing" retry 5 sh -c "busctl --json=short call $bus $root org.freedesktop.DBus.ObjectManager GetManagedObjects |
                jq -e '[.data[0][][\"$bus.PhysicalVolume\"].Missing.data] | any'"
        check "split is refused" expect_fail . raidctl split vg0/data
        writer_stop
        disk_plug d3
        check "seen as back" retry 10 sh -c "busctl --json=short call $bus $root org.freedesktop.DBus.ObjectManager GetManagedObjects |
                jq -e '[.data[0][][\"$bus.PhysicalVolume\"].Missing.data // false] | any | not'"
}

# The daemon is restarted: everything is there again, at the same paths, but for jobs that had ended.
scenario_restart_of_the_daemon() {
        local before after
        fresh 3 48M
        raidctl split vg0/data
        before=$(busctl --list tree $bus | grep -v /job)
        systemctl restart raidd.service
        after=$(busctl --list tree $bus | grep -v /job)
        is "the same objects" "$after" "$before"
        check "agrees" vg_agrees vg0
        check "merge" raidctl merge vg0/data --wait
}

# Who has the reply has had the signals: nothing that was read before is true any more without notice.
scenario_signals_come_before_the_reply() {
        local monitor caller lines reply
        fresh 3 48M
        busctl monitor --json=short $bus >/run/raidd-test.monitor 2>/dev/null &
        monitor=$!
        sleep 1
        check "split" call "$(volume_path vg0/data)" Volume SplitTracked '@a{sv} {}'
        sleep 1
        kill $monitor; wait $monitor 2>/dev/null || true
        caller=$(jq -r 'select(.member == "SplitTracked") | .sender' /run/raidd-test.monitor)
        reply=$(jq -r --arg caller "$caller" 'select(.type == "method_return" and .destination == $caller) | input_line_number' \
                /run/raidd-test.monitor | tail -n 1)
        lines=$(jq -r 'select(.type == "signal" and .member == "PropertiesChanged") | select(.payload.data[1] |
                has("TrackedImage") or .State.data == "tracked") | input_line_number' /run/raidd-test.monitor | sort -n | head -n 2)
        is "the volume and the image have said so" "$(wc -l <<<"$lines")" 2
        check "and before the reply ($(xargs <<<"$lines"), $reply)" test "$(tail -n 1 <<<"$lines")" -lt "$reply"
}

# Nothing to do: no wake-ups, neither of the daemon nor of its helper.
wakeups() {
        local pid
        for pid in $(systemctl show --value -p MainPID raidd.service raidd-helper.service | xargs); do
                awk '/^voluntary/ { print $2 }' "/proc/$pid/status"
        done | awk '{ n += $1 } END { print n }'
}
scenario_idle() {
        local a b
        fresh 3 48M
        sleep 8 # md's bitmap daemon, udev
        a=$(wakeups)
        sleep 12
        b=$(wakeups)
        check "at most the watchdog's wake-up in 12 s ($((b - a)))" test $((b - a)) -le 1
}

run_scenarios "$@"
